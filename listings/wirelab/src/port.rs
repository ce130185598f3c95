//! Frames as they are.

use crate::sys::{wait_readable, PacketSocket, Way};
use crate::{Host, DEADLINE};
use anyhow::{ensure, Context, Result};
use std::io;
use std::time::{Duration, Instant};

/// Where frames go out and come in whole, with their Ethernet headers and
/// past every protocol of the kernel: a packet socket, packet(7).
#[derive(Debug)]
pub struct Port {
    name: String,
    socket: PacketSocket,
}

impl Port {
    /// At a network card of a host. The host's kernel sees what comes in,
    /// too.
    ///
    /// # Errors
    /// When the host has no such card.
    pub fn on(host: &Host, card: &str) -> Result<Port> {
        let name = format!("{}.{card}", host.name());
        let socket = host
            .run(|| PacketSocket::open(card))
            .with_context(|| format!("can't open {name}"))?;
        socket.ignore_outgoing()?;
        Ok(Port { name, socket })
    }

    /// At an interface of the calling thread's stack, where no host is.
    pub(crate) fn here(interface: &str) -> Result<Port> {
        let socket = PacketSocket::open(interface)?;
        socket.ignore_outgoing()?;
        socket.bypass_queue()?;
        Ok(Port { name: interface.to_owned(), socket })
    }

    /// Sends a frame, from its destination's MAC address on. Whether it
    /// arrives, nobody says.
    ///
    /// # Errors
    /// When the card is off (`NetworkDown`), and when the frame has no whole
    /// header (`InvalidInput`) or is longer than the card's MTU and a header
    /// (EMSGSIZE).
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        self.socket.send(frame)
    }

    /// The next frame that has come in, if one is there: not only those for
    /// this card's address.
    ///
    /// # Errors
    /// When it can't be read.
    pub fn next(&self) -> Result<Option<Vec<u8>>> {
        while let Some(frame) = self.socket.next()? {
            if frame.way != Way::Out {
                return Ok(Some(frame.bytes));
            }
        }
        Ok(None)
    }

    /// Waits for the next frame.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn wait(&self, what: &str) -> Result<Vec<u8>> {
        let start = Instant::now();
        loop {
            if let Some(frame) = self.next()? {
                return Ok(frame);
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            ensure!(
                !left.is_zero(),
                "{}: waited {DEADLINE:?} for {what}",
                self.name
            );
            wait_readable(&[&self.socket], left)?;
        }
    }

    /// Waits until something has come in at one of these, or the time is
    /// over.
    ///
    /// # Errors
    /// None that is known.
    pub fn wait_any(ports: &[Port], timeout: Duration) -> Result<()> {
        let sockets: Vec<_> = ports.iter().map(|p| &p.socket).collect();
        wait_readable(&sockets, timeout)
    }
}
