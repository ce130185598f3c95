//! Why there can be no lab here.

use std::{error, fmt, io};

/// No lab can be had on this machine, and what would have to change.
#[derive(Debug)]
pub struct Unavailable {
    /// What was tried: `unshare`.
    pub step: &'static str,
    /// What the kernel said.
    pub error: io::Error,
    /// What is in the way, and the way out. One sentence or two.
    pub hint: String,
}

impl fmt::Display for Unavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Unavailable { step, error, hint } = self;
        write!(f, "no lab can run here: {step}: {error}\n{hint}")
    }
}

// Without a source: what is printed says it already.
impl error::Error for Unavailable {}
