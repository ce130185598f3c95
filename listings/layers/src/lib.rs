//! What the demonstrations of layers share.

pub mod bench;
pub mod classify;
pub mod compare;
pub mod exchange;
pub mod peel;
pub mod proxy;
pub mod traffic;

use std::time::Duration;

/// How long anything here may take. It takes milliseconds; a busy machine
/// needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);
