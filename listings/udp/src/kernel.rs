//! What a Linux kernel counts of UDP.

use anyhow::{Context, Result};
use std::fs;

/// How many datagrams the calling thread's network stack has dropped because
/// a socket's receive buffer was full: RcvbufErrors, `netstat -su` shows it.
///
/// # Errors
/// When there is no such counter.
pub fn receive_buffer_errors() -> Result<usize> {
    let text = fs::read_to_string("/proc/thread-self/net/snmp")?;
    // A line of names, and one of values below it.
    let mut lines = text.lines().filter(|l| l.starts_with("Udp:"));
    let mut next = || lines.next().unwrap_or_default().split(' ');
    let (names, values) = (next(), next());
    let mut both = names.zip(values);
    let (_, value) = both
        .find(|(name, _)| *name == "RcvbufErrors")
        .context("no RcvbufErrors")?;
    Ok(value.parse()?)
}

/// The same for the socket at a port alone: the last column of its row in
/// `/proc/net/udp`.
///
/// # Errors
/// When there is no such socket.
pub fn drops(port: u16) -> Result<usize> {
    let text = fs::read_to_string("/proc/thread-self/net/udp")?;
    let mut rows = text.lines().filter_map(|row| {
        let mut words = row.split_whitespace();
        let local = words.nth(1)?; // AC100A02:1D4C
        let at = u16::from_str_radix(local.split_once(':')?.1, 16);
        (at == Ok(port)).then(|| words.last())?
    });
    Ok(rows.next().context("no such socket")?.parse()?)
}
