//! Networks on the reader's own kernel: hosts, switches, routers and cables,
//! and what went over them.
//!
//! ```no_run
//! use wirelab::{Host, Lan, Recording};
//!
//! # fn main() -> anyhow::Result<()> {
//! wirelab::enter()?;
//! let (a, b) = (Host::new("a")?, Host::new("b")?);
//! let lan = Lan::new("switch")?;
//! lan.plug(&a, "172.16.10.1/24")?;
//! lan.plug(&b, "172.16.10.2/24")?;
//! let mut recording = Recording::of(&[&a, &b])?;
//! let socket = a.run(|| std::net::UdpSocket::bind("0.0.0.0:0"))?;
//! socket.send_to(b"hello", "172.16.10.2:5000")?;
//! recording.wait("an answer", |t| t.summaries().len() == 4)?;
//! println!("{}", recording.so_far()?.table());
//! # Ok(())
//! # }
//! ```
//!
//! It needs Linux. Elsewhere it compiles, and [`enter`] says so.
#![deny(unsafe_code)]

mod cable;
pub mod frame;
mod host;
mod lan;
mod mac;
mod mtu;
mod options;
pub mod pcapng;
mod play;
mod port;
mod recording;
mod state;
pub mod summary;
mod sys;
mod tap;
mod tcp;
pub mod trace;
mod transcript;
mod unavailable;

pub use cable::{Cable, Decision, End, Gate, Passing};
pub use frame::Frame;
pub use host::{wait_until, Host, NO_ADDRESS};
pub use lan::{Lan, Router};
pub use mac::Mac;
pub use mtu::{path_mtu, Fragments};
pub use options::Options;
pub use pcapng::TraceError;
pub use play::{play, skip, Played};
pub use port::Port;
pub use recording::Recording;
pub use state::{TcpState, UnknownState};
pub use summary::{Fate, Summary};
pub use sys::{
    enter, probe, Captured, Card, LinkAddress, Neighbour,
    NeighbourState, SocketInfo, Way,
};
pub use tap::Tap;
pub use tcp::{Connection, Counters};
pub use trace::Trace;
pub use unavailable::Unavailable;

use std::time::Duration;

/// How long anything here may take. It takes milliseconds; a busy machine
/// needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);
