//! How many descriptors this process may have: RLIMIT_NOFILE of
//! getrlimit(2).

use anyhow::Result;

/// Lets this process have so many, or as many as it may allow itself.
///
/// # Errors
/// When the kernel refuses.
#[cfg(unix)]
pub fn allow(number: u64) -> Result<()> {
    use nix::sys::resource::{getrlimit, setrlimit, Resource};

    let (soft, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    if soft < number {
        let more = number.min(hard);
        setrlimit(Resource::RLIMIT_NOFILE, more, hard)?;
    }
    Ok(())
}

/// Lets this process have only those below a number. Those that are open
/// stay open.
///
/// # Errors
/// When the kernel refuses.
#[cfg(unix)]
pub fn only_below(number: u64) -> Result<()> {
    use nix::sys::resource::{getrlimit, setrlimit, Resource};

    let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE)?;
    Ok(setrlimit(Resource::RLIMIT_NOFILE, number, hard)?)
}

/// Elsewhere there is no such limit.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub fn allow(_: u64) -> Result<()> {
    Ok(())
}

/// Elsewhere there is no such limit.
///
/// # Errors
/// Always.
#[cfg(not(unix))]
pub fn only_below(_: u64) -> Result<()> {
    anyhow::bail!("this system has no RLIMIT_NOFILE")
}
