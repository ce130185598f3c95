//! The kernel's table of TCP sockets, `/proc/net/tcp` (proc(5)).

use anyhow::Result;
use std::net::SocketAddr;
pub use wirelab::TcpState;

/// A socket, as the kernel lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub local: SocketAddr,
    /// `0.0.0.0:0` for a listener, which is connected to nobody.
    pub remote: SocketAddr,
    pub state: TcpState,
}

/// The IPv4 sockets of this host, of whatever process, in the order of the
/// table.
///
/// The kernel writes that table while connections come and go: a socket may
/// be missing or stand in it twice. Wait for what you hope to see.
///
/// # Errors
/// When the table can't be read, and where there is none.
#[cfg(target_os = "linux")]
pub fn rows() -> Result<Vec<Row>> {
    use procfs::net::{TcpNetEntries, TcpState as Number};
    use procfs::{current_system_info, FromReadSI};

    // `/proc/net` is the main thread's network; this is the caller's.
    let table = TcpNetEntries::from_file(
        "/proc/thread-self/net/tcp",
        current_system_info(),
    )?;
    let rows = table.0.into_iter();
    Ok(rows
        .map(|row| Row {
            local: row.local_address,
            remote: row.remote_address,
            state: match row.state {
                Number::Established => TcpState::Established,
                Number::SynSent => TcpState::SynSent,
                Number::SynRecv | Number::NewSynRecv => {
                    TcpState::SynReceived
                }
                Number::FinWait1 => TcpState::FinWait1,
                Number::FinWait2 => TcpState::FinWait2,
                Number::TimeWait => TcpState::TimeWait,
                Number::Close => TcpState::Closed,
                Number::CloseWait => TcpState::CloseWait,
                Number::LastAck => TcpState::LastAck,
                Number::Listen => TcpState::Listen,
                Number::Closing => TcpState::Closing,
            },
        })
        .collect())
}

/// Elsewhere there is no such table.
///
/// # Errors
/// Always.
#[cfg(not(target_os = "linux"))]
pub fn rows() -> Result<Vec<Row>> {
    anyhow::bail!("only Linux has /proc/net/tcp")
}
