//! Captures.

use crate::summary::{payload_text, Describer, RealPorts};
use crate::sys::{wait_readable, Captured, PacketSocket, Way};
use crate::{Frame, Host, Mac, DEADLINE};
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

    /// When the last frame that was read passed, or 0.
    pub(crate) fn last(&self) -> Duration {
        self.seen.last().map(|frame| frame.at).unwrap_or_default()
    }

    /// Waits until `is` says yes to all that has passed so far.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`, and shows
    /// what has passed instead.
    pub fn wait(
        &mut self,
        what: &str,
        is: impl FnMut(&[Captured]) -> bool,
    ) -> Result<()> {
        self.wait_within(DEADLINE, what, is)
    }

    /// The same, with a deadline of one's own.
    ///
    /// # Errors
    /// When it has passed.
    pub fn wait_within(
        &mut self,
        deadline: Duration,
        what: &str,
        mut is: impl FnMut(&[Captured]) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        while !is(self.seen()?) {
            let left = deadline.saturating_sub(start.elapsed());
            if left.is_zero() {
                bail!(
                    "{}: waited {deadline:?} for {what}, and saw\n{}",
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

/// One line a frame: which way it went, from and to which MAC address, and
/// what it says.
fn table(frames: &[Captured]) -> String {
    let mut describer = Describer::default();
    let mut text = String::new();
    for captured in frames {
        let (host, way) = match captured.way {
            Way::Out => (0, "out"),
            Way::In(_) => (1, "in"),
        };
        let frame = Frame::new(&captured.bytes);
        let said = describer.describe(&frame, host, &mut RealPorts);
        let payload = frame.payload().and_then(payload_text);
        let mac = |mac: Option<Mac>| {
            mac.map_or("?".into(), |mac| mac.to_string())
        };
        let line = [
            way.to_owned(),
            format!(
                "{} → {}",
                mac(frame.source()),
                mac(frame.destination())
            ),
            said.headline,
            said.detail,
            payload.unwrap_or_default(),
        ];
        let parts = line.into_iter().filter(|part| !part.is_empty());
        text += &parts.collect::<Vec<_>>().join(" ");
        text += "\n";
    }
    text
}
