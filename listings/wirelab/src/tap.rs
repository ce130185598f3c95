//! Captures.

use crate::sys::{wait_readable, Captured, PacketSocket};
use crate::{Host, DEADLINE};
use anyhow::{bail, ensure, Context, Result};
use std::time::{Duration, Instant};

/// Sees every frame that passes a network card of a host.
#[derive(Debug)]
pub struct Tap {
    name: String,
    socket: PacketSocket,
    seen: Vec<Captured>,
}

impl Tap {
    /// Begins to capture.
    ///
    /// # Errors
    /// When the host has no such card.
    pub fn on(host: &Host, interface: &str) -> Result<Tap> {
        let name = format!("{}.{interface}", host.name());
        let socket = host
            .run(|| PacketSocket::open(interface))
            .with_context(|| format!("can't capture at {name}"))?;
        Ok(Tap { name, socket, seen: vec![] })
    }

    /// All that has passed so far, in its order.
    ///
    /// # Errors
    /// When frames were lost because nobody fetched them in time.
    pub fn seen(&mut self) -> Result<&[Captured]> {
        while let Some(frame) = self.socket.next()? {
            self.seen.push(frame);
        }
        let lost = self.socket.lost()?;
        ensure!(
            lost == 0,
            "{}: {lost} frames were not seen",
            self.name
        );
        Ok(&self.seen)
    }

    /// Waits until `is` says yes to all that has passed so far.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`, and shows
    /// what has passed instead.
    pub fn wait(
        &mut self,
        what: &str,
        mut is: impl FnMut(&[Captured]) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        while !is(self.seen()?) {
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                bail!(
                    "{}: waited {DEADLINE:?} for {what}, and saw\n{}",
                    self.name,
                    table(&self.seen)
                );
            }
            wait(&[self], left)?;
        }
        Ok(())
    }
}

/// Waits until something passes one of the taps, or the time is over.
pub(crate) fn wait(taps: &[&mut Tap], timeout: Duration) -> Result<()> {
    let sockets: Vec<_> = taps.iter().map(|t| &t.socket).collect();
    wait_readable(&sockets, timeout)
}

fn table(frames: &[Captured]) -> String {
    frames
        .iter()
        .map(|frame| format!("{:?} {:02x?}\n", frame.way, frame.bytes))
        .collect()
}
