//! What the demonstrations of UDP share.

pub mod kernel;

use anyhow::{ensure, Result};
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// How long anything here may take. Loopback needs microseconds; a busy
/// machine needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Waits until the socket has an error to report, and leaves it there for
/// the next call on the socket to meet (`POLLERR`, poll(2)).
///
/// # Errors
/// When [`DEADLINE`] has passed.
#[cfg(unix)]
pub fn wait_for_error(socket: &UdpSocket) -> Result<()> {
    use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
    use std::os::fd::AsFd;

    // POLLERR is reported even if no event is asked for.
    let mut fds = [PollFd::new(socket.as_fd(), PollFlags::empty())];
    let ready = poll(&mut fds, PollTimeout::try_from(DEADLINE)?)?;
    ensure!(ready == 1, "waited {DEADLINE:?} for an error");
    Ok(())
}

/// Elsewhere nothing tells an error that has come from one that will.
#[cfg(not(unix))]
pub fn wait_for_error(_: &UdpSocket) -> Result<()> {
    Ok(())
}

/// Waits until an address has refused a datagram of this function's own. On
/// loopback, whatever was sent there before has been answered by then.
///
/// # Errors
/// When nobody refuses it before [`DEADLINE`].
pub fn wait_for_refusal(address: SocketAddr) -> Result<()> {
    let socket = socket()?;
    socket.connect(address)?;
    socket.send(b"anybody there?")?;
    wait_for_error(&socket)
}

/// A socket on a free port of its own.
///
/// # Errors
/// Those of [`UdpSocket::bind`].
pub fn socket() -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

/// Holds a port on which nobody listens: the socket hears only itself, and
/// as long as it lives nobody else can take its port.
///
/// # Errors
/// Those of [`UdpSocket::bind`] and [`UdpSocket::connect`].
pub fn closed_port() -> io::Result<UdpSocket> {
    let socket = socket()?;
    socket.connect(socket.local_addr()?)?;
    Ok(socket)
}
