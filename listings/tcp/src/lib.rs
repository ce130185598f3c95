//! What the demonstrations of TCP share.

use anyhow::{ensure, Result};
#[cfg(target_os = "linux")]
use procfs::{
    current_system_info,
    net::{TcpNetEntries, TcpState},
    FromReadSI,
};
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

/// Waits until a connection on the local port is in TIME_WAIT.
///
/// Only Linux lets a program look. Elsewhere this returns at once.
///
/// # Errors
/// When `/proc` can't be read, and when [`DEADLINE`] has passed.
pub fn wait_for_time_wait(port: u16) -> Result<()> {
    wait_until("TIME_WAIT", || {
        #[cfg(target_os = "linux")]
        return Ok(states(port)?.contains(&TcpState::TimeWait));
        #[cfg(not(target_os = "linux"))]
        return Ok(port != 0);
    })
}

/// The states of the IPv4 sockets on a local port, as `/proc/net/tcp`
/// tells them (proc(5)).
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
