//! What the demonstrations of TCP share.

pub mod sockets;
pub mod wire;

use anyhow::{ensure, Result};
#[cfg(target_os = "linux")]
use procfs::{
    current_system_info,
    net::{TcpNetEntries, TcpState},
    FromReadSI,
};
use socket2::{Domain, Socket, Type};
use std::io;
use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

/// How long anything here may take. Loopback needs microseconds; a busy
/// machine needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);

/// Asks `ready` again and again until it says yes.
///
/// # Errors
/// When `ready` fails, and when [`DEADLINE`] has passed: the message names
/// `what` was waited for.
pub fn wait_until(
    what: &str,
    mut ready: impl FnMut() -> Result<bool>,
) -> Result<()> {
    let start = Instant::now();
    while !ready()? {
        ensure!(
            start.elapsed() < DEADLINE,
            "waited {DEADLINE:?} for {what}"
        );
        thread::sleep(Duration::from_millis(1));
    }
    Ok(())
}

/// An address on loopback whose port nothing uses, not even a connection in
/// TIME_WAIT. With SO_REUSEADDR, which std sets, a bind to port 0 may be
/// given such a port.
///
/// The port is free until somebody takes it: bind it at once.
///
/// # Errors
/// When no port is left.
pub fn unused_address() -> io::Result<SocketAddr> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into())?;
    let address = socket.local_addr()?.as_socket();
    address.ok_or_else(|| io::Error::other("not an IP address"))
}

/// Waits until a connection on the local port is in TIME_WAIT.
///
/// Only Linux lets a program look. Elsewhere this returns at once.
///
/// # Errors
/// When `/proc` can't be read, and when [`DEADLINE`] has passed.
#[cfg(target_os = "linux")]
pub fn wait_for_time_wait(port: u16) -> Result<()> {
    wait_until("TIME_WAIT", || {
        Ok(states(port)?.contains(&TcpState::TimeWait))
    })
}

/// Waits until no connection is left on the local port; a listener may be.
///
/// Only Linux lets a program look. Elsewhere this returns at once.
///
/// # Errors
/// When `/proc` can't be read, and when [`DEADLINE`] has passed.
#[cfg(target_os = "linux")]
pub fn wait_for_close(port: u16) -> Result<()> {
    wait_until("the end of a connection", || {
        Ok(states(port)?.iter().all(|s| *s == TcpState::Listen))
    })
}

/// The states of the IPv4 sockets on a local port, as `/proc/net/tcp`
/// tells them (proc(5)).
///
/// The kernel writes that table while connections come and go: a socket may
/// be missing or stand in it twice. Wait for what you hope to see.
///
/// # Errors
/// When `/proc` can't be read.
#[cfg(target_os = "linux")]
pub fn states(port: u16) -> Result<Vec<TcpState>> {
    // `/proc/net` is the main thread's network; this is the caller's.
    let table = TcpNetEntries::from_file(
        "/proc/thread-self/net/tcp",
        current_system_info(),
    )?;
    let rows = table.0.into_iter();
    let rows = rows.filter(|row| row.local_address.port() == port);
    Ok(rows.map(|row| row.state).collect())
}

#[cfg(not(target_os = "linux"))]
pub fn wait_for_time_wait(_: u16) -> Result<()> {
    Ok(())
}

#[cfg(not(target_os = "linux"))]
pub fn wait_for_close(_: u16) -> Result<()> {
    Ok(())
}
