//! All that asks the kernel for more than std does.

#[cfg(all(target_os = "linux", not(wirelab_elsewhere)))]
#[path = "linux/mod.rs"]
mod os;
// `--cfg wirelab_elsewhere` compiles it on Linux, that it goes on compiling.
#[cfg(any(not(target_os = "linux"), wirelab_elsewhere))]
#[path = "elsewhere.rs"]
mod os;

pub use os::*;

use crate::{Mac, TcpState};
use std::fmt;
use std::net::Ipv4Addr;
use std::time::Duration;

/// A frame as an interface saw it pass.
#[derive(Debug, Clone)]
pub struct Captured {
    /// When, since 1970-01-01 00:00 UTC.
    pub at: Duration,
    pub way: Way,
    pub bytes: Vec<u8>,
}

/// Which way a captured frame went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Out,
    In(crate::trace::Cast),
}

/// What a network card is: RFC 2863 §3.1.13.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Card {
    /// Somebody has switched it on: ifAdminStatus.
    pub on: bool,
    /// It can pass frames, because it is on, and so is what its cable leads
    /// to: ifOperStatus.
    pub operational: bool,
}

/// A line of the kernel's table of neighbours: arp(7).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Neighbour<Ip = Ipv4Addr> {
    pub ip: Ip,
    /// None while nobody has answered.
    pub mac: Option<Mac>,
    pub state: NeighbourState,
}

/// What the kernel thinks of such a line, printed by its name in
/// ip-neighbour(8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NeighbourState {
    /// Somebody is being asked, and nobody has answered.
    Incomplete,
    /// The neighbour was there a short while ago.
    Reachable,
    /// Nobody has heard of it for a while. The address is used all the same.
    Stale,
    /// It was used when it was stale. Soon somebody asks.
    Delay,
    /// Somebody is being asked whether it is still there.
    Probe,
    /// Nobody has answered.
    Failed,
    /// Somebody has written it down. It is never asked for.
    Permanent,
    /// Something else: the number of `linux/neighbour.h`.
    Other(u16),
}

impl fmt::Display for NeighbourState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            NeighbourState::Incomplete => "INCOMPLETE",
            NeighbourState::Reachable => "REACHABLE",
            NeighbourState::Stale => "STALE",
            NeighbourState::Delay => "DELAY",
            NeighbourState::Probe => "PROBE",
            NeighbourState::Failed => "FAILED",
            NeighbourState::Permanent => "PERMANENT",
            NeighbourState::Other(number) => {
                return write!(f, "state {number:#x}");
            }
        })
    }
}

/// The MAC address of a network card, as its kernel lists it: rtnetlink(7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkAddress {
    /// `eth0`
    pub name: String,
    /// The address that it has now.
    pub mac: Mac,
    /// The one that came with it, which stays. A virtual card has none.
    pub permanent: Option<Mac>,
}

/// What the kernel says of a TCP socket: sock_diag(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SocketInfo {
    pub state: TcpState,
    /// Bytes that have come in and were not read.
    pub unread: u32,
    /// Bytes that were written and not acknowledged.
    pub unacknowledged: u32,
}
