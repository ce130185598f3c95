//! What the comparisons of TCP and UDP share.

// A block of the book may be a piece of these files, outside of this crate.
extern crate self as comparison;

pub mod dns;
pub mod nameserver;
pub mod resolver;

use std::time::Duration;

/// How long anything here may take. Loopback needs microseconds; a busy
/// machine needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);
