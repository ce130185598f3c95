//! Networks on the reader's own kernel: hosts, switches, routers and cables,
//! and what went over them.

pub mod frame;
pub mod mac;
pub mod pcapng;
pub mod state;
pub mod summary;
pub mod trace;
mod transcript;

pub use frame::Frame;
pub use mac::Mac;
pub use pcapng::TraceError;
pub use state::TcpState;
pub use summary::{Fate, Summary};
pub use trace::Trace;
