//! What the demonstrations of layers share.

pub mod bench;
pub mod compare;
pub mod exchange;
pub mod peel;
pub mod proxy;

use std::time::Duration;

/// How long anything here may take. It takes milliseconds; a busy machine
/// needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);
