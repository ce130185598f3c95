//! What the comparisons of TCP and UDP share.

use anyhow::Result;
use std::net::UdpSocket;
use wirelab::{Host, DEADLINE};

/// A UDP socket of a host, on which no read waits for ever.
///
/// # Errors
/// When the address is taken, or isn't the host's.
pub fn socket(host: &Host, address: &str) -> Result<UdpSocket> {
    let socket = host.run(|| UdpSocket::bind(address))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}
