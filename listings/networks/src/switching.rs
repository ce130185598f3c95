//! A hub and a switch, and the loop that moves their frames.

use anyhow::{bail, Result};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use wirelab::{Mac, Port};

// ANCHOR: serve
/// Takes every frame that comes in at one of the ports, and sends it out at
/// those that `forward` names, until it is told to stop.
///
/// # Errors
/// When a port can't be read, or doesn't send.
pub fn serve(
    ports: &[Port],
    stop: &AtomicBool,
    mut forward: impl FnMut(usize, &[u8]) -> Vec<usize>,
) -> Result<()> {
    /// How soon it notices that it shall stop.
    const TICK: Duration = Duration::from_millis(20);
    while !stop.load(Ordering::Relaxed) {
        Port::wait_any(ports, TICK)?;
        for (from, port) in ports.iter().enumerate() {
            while let Some(frame) = port.next()? {
                for to in forward(from, &frame) {
                    ports[to].send(&frame)?;
                }
            }
        }
    }
    Ok(())
}
// ANCHOR_END: serve

/// Serves the ports while `work` is done, on a thread of its own.
///
/// # Errors
/// What went wrong with either.
pub fn beside<T>(
    ports: &[Port],
    forward: impl FnMut(usize, &[u8]) -> Vec<usize> + Send,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| serve(ports, &stop, forward));
        let result = work();
        stop.store(true, Ordering::Relaxed);
        match serving.join() {
            Ok(served) => served.and(result),
            Err(_) => bail!("forwarding panicked"),
        }
    })
}

// ANCHOR: hub
/// A hub: what comes in at one port goes out at all the others. It doesn't
/// look at the frame.
pub fn hub(ports: usize, from: usize) -> Vec<usize> {
    (0..ports).filter(|&port| port != from).collect()
}
// ANCHOR_END: hub

// ANCHOR: switch
/// A switch: it learns from every frame who is behind which port.
#[derive(Debug)]
pub struct Switch {
    ports: usize,
    ageing: Duration,
    /// Behind which port an address is, and when it was heard there last.
    table: HashMap<Mac, (usize, Instant)>,
}

impl Switch {
    /// It knows nobody, and forgets after 300 seconds.
    pub fn new(ports: usize) -> Switch {
        let ageing = Duration::from_secs(300);
        Switch { ports, ageing, table: HashMap::new() }
    }

    /// At which ports a frame goes out that has come in at `from`.
    pub fn forward(
        &mut self,
        from: usize,
        frame: &[u8],
        now: Instant,
    ) -> Vec<usize> {
        let Some((destination, source)) = addresses(frame) else {
            return vec![];
        };
        // A group sends nothing: this is no card's frame.
        if source.is_group() {
            return vec![];
        }
        self.table.insert(source, (from, now));
        self.age(now);
        if is_reserved(destination) {
            return vec![];
        }
        match self.table.get(&destination) {
            // There it has been already.
            Some(&(port, _)) if port == from => vec![],
            Some(&(port, _)) => vec![port],
            // It has never heard of it, or it is a group: flood.
            None => hub(self.ports, from),
        }
    }

    /// Forgets whom it hasn't heard for too long.
    fn age(&mut self, now: Instant) {
        let ageing = self.ageing;
        self.table.retain(|_, (_, heard)| {
            now.saturating_duration_since(*heard) < ageing
        });
    }
}

/// Destination and source, if there is a whole header.
fn addresses(frame: &[u8]) -> Option<(Mac, Mac)> {
    let header: &[u8; 14] = frame.first_chunk()?;
    let &[a, b, c, d, e, f, g, h, i, j, k, l, ..] = header;
    Some((Mac([a, b, c, d, e, f]), Mac([g, h, i, j, k, l])))
}

/// What is for the switch itself and goes no further: 01:80:c2:00:00:00 to
/// 0f (IEEE 802.1Q, reserved addresses).
fn is_reserved(mac: Mac) -> bool {
    matches!(mac.0, [0x01, 0x80, 0xc2, 0, 0, ..=0x0f])
}
// ANCHOR_END: switch

impl Switch {
    /// Whom it knows now, in the order of the addresses: at which port.
    pub fn table(&mut self, now: Instant) -> Vec<(Mac, usize)> {
        self.age(now);
        let known = self.table.iter();
        let mut known: Vec<_> =
            known.map(|(mac, (port, _))| (*mac, *port)).collect();
        known.sort();
        known
    }

    /// How long it remembers from now on.
    pub fn set_ageing(&mut self, time: Duration) {
        self.ageing = time;
    }
}
