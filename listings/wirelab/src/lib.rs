//! Networks on the reader's own kernel: hosts, switches, routers and cables,
//! and what went over them.

pub mod frame;
pub mod mac;
pub mod state;
pub mod trace;

pub use mac::Mac;
pub use state::TcpState;
pub use trace::Trace;
