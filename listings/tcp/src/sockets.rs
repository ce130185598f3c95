//! The sockets of another process, as `/proc` shows them.

use anyhow::Result;
use std::net::TcpListener;

/// How many connections of a server are in which state, seen from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// Those at its port that are in CLOSE_WAIT.
    pub close_wait: usize,
    /// Of these, those with an end of file that nobody has read.
    pub unread: usize,
    /// Of these, those for which its process has a descriptor.
    pub descriptors: usize,
    /// Connections to its port that are in FIN_WAIT2 at the other end.
    pub fin_wait2: usize,
}

// ANCHOR: look
/// Looks at the server with this process ID at a port.
///
/// # Errors
/// When `/proc` can't be read.
#[cfg(target_os = "linux")]
pub fn look(pid: u32, port: u16) -> Result<Seen> {
    use procfs::net::TcpState;
    use procfs::process::{FDTarget, Process};

    let server = Process::new(pid.try_into()?)?;
    let mut owned = std::collections::HashSet::new();
    for descriptor in server.fd()? {
        // /proc/PID/fd/7 → socket:[12345]
        if let FDTarget::Socket(inode) = descriptor?.target {
            owned.insert(inode);
        }
    }
    let mut seen =
        Seen { close_wait: 0, unread: 0, descriptors: 0, fin_wait2: 0 };
    for row in server.tcp()? {
        let local = row.local_address.port() == port;
        let remote = row.remote_address.port() == port;
        if local && row.state == TcpState::CloseWait {
            seen.close_wait += 1;
            seen.unread += usize::from(row.rx_queue == 1);
            seen.descriptors += usize::from(owned.contains(&row.inode));
        }
        if remote && row.state == TcpState::FinWait2 {
            seen.fin_wait2 += 1;
        }
    }
    Ok(seen)
}
// ANCHOR_END: look

/// Elsewhere there is no `/proc`.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn look(_: u32, _: u16) -> Result<Seen> {
    anyhow::bail!("this system has no /proc/PID/net/tcp")
}

/// Leaves this process so many descriptors, and no more.
///
/// # Errors
/// When the kernel refuses.
#[cfg(unix)]
pub fn limit_streams(listener: &TcpListener, more: u64) -> Result<()> {
    use nix::sys::resource::{getrlimit, setrlimit, Resource};
    use std::os::fd::AsRawFd;

    // Each clone takes the lowest number that is free. All are given back.
    let clones = (0..more).map(|_| listener.try_clone());
    let clones = clones.collect::<std::io::Result<Vec<_>>>()?;
    let last = clones.last().unwrap_or(listener).as_raw_fd();
    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    let below = u64::try_from(last)? + 1;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, below, hard)?)
}

/// Elsewhere there is no such limit.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn limit_streams(_: &TcpListener, _: u64) -> Result<()> {
    anyhow::bail!("this system has no RLIMIT_NOFILE")
}
