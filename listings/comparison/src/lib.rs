//! What the comparisons of TCP and UDP share.

use std::time::Duration;

/// How long anything here may take. Loopback needs microseconds; a busy
/// machine needs more.
pub const DEADLINE: Duration = Duration::from_secs(10);
