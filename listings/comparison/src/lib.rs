//! What the comparisons of TCP and UDP share.

// A block of the book may be a piece of these files, outside of this crate.
extern crate self as comparison;

pub mod dns;
pub mod faults;
pub mod nameserver;
pub mod resolver;

use anyhow::Result;
use std::net::UdpSocket;
use wirelab::Host;

/// How long anything here may take. Loopback needs microseconds; a busy
/// machine needs more.
pub use wirelab::DEADLINE;

/// A UDP socket of a host, on which no read waits for ever.
///
/// # Errors
/// When the address is taken, or isn't the host's.
pub fn socket(host: &Host, address: &str) -> Result<UdpSocket> {
    let socket = host.run(|| UdpSocket::bind(address))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}
