//! What a kernel says of a TCP connection.

use crate::sys;
use anyhow::{bail, Context, Result};
use socket2::SockRef;
use std::io;
use std::net::{SocketAddr, SocketAddrV4};
use std::time::Duration;

/// The four numbers that tell one connection from all others, seen from one
/// of its ends (RFC 9293 §3.3.1). They go on naming it when its sockets are
/// closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection {
    pub local: SocketAddrV4,
    pub remote: SocketAddrV4,
}

impl Connection {
    /// The connection of a socket.
    ///
    /// # Errors
    /// When the socket isn't connected, nor connecting, by IPv4.
    pub fn of<'s, S>(socket: &'s S) -> Result<Connection>
    where
        SockRef<'s>: From<&'s S>,
    {
        let socket = SockRef::from(socket);
        let local = socket.local_addr().context("no local address")?;
        let remote = socket.peer_addr().context("not connected")?;
        match (local.as_socket(), remote.as_socket()) {
            (
                Some(SocketAddr::V4(local)),
                Some(SocketAddr::V4(remote)),
            ) => Ok(Connection { local, remote }),
            _ => bail!("not a connection of IPv4"),
        }
    }

    /// The same, seen from its other end.
    pub fn reversed(self) -> Connection {
        Connection { local: self.remote, remote: self.local }
    }
}

/// What the kernel counts for one connection: tcp(7), TCP_INFO.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counters {
    /// Segments that were sent again.
    pub retransmitted: u32,
    /// The smoothed round-trip time (RFC 6298 §2).
    pub round_trip: Duration,
    /// How long the kernel waits for an acknowledgement now (RFC 6298 §2).
    pub retransmission_timeout: Duration,
    /// The largest segment that is sent, in bytes of payload.
    pub segment_size: u32,
    /// How many segments may be on their way (RFC 5681 §2).
    pub congestion_window: u32,
}

impl Counters {
    /// Those of a socket of this process.
    ///
    /// # Errors
    /// When it is no TCP socket, and where there is no TCP_INFO.
    pub fn of<'s, S>(socket: &'s S) -> io::Result<Counters>
    where
        SockRef<'s>: From<&'s S>,
    {
        sys::tcp::counters(&SockRef::from(socket))
    }
}
