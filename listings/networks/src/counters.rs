//! What a kernel counts.

use anyhow::{Context, Result};
use std::fs;
use wirelab::Host;

/// A counter of a host's IPv4: of `Ip`, `InHdrErrors` (proc(5)).
///
/// # Errors
/// When there is no such counter.
pub fn snmp(host: &Host, group: &str, name: &str) -> Result<u64> {
    const FILE: &str = "/proc/thread-self/net/snmp";
    let text = host.run(|| fs::read_to_string(FILE)).context(FILE)?;
    // A line of names, and one of values below it.
    let mut lines = text.lines().filter_map(|line| {
        let (begin, rest) = line.split_once(':')?;
        (begin == group).then(|| rest.split_whitespace())
    });
    let names = lines.next().into_iter().flatten();
    let mut both = names.zip(lines.next().into_iter().flatten());
    let found = both.find(|(known, _)| *known == name);
    let (_, value) = found
        .with_context(|| format!("{FILE} has no {name} of {group}"))?;
    Ok(value.parse()?)
}

/// A counter of a host's IPv6: `Icmp6InNeighborSolicits`.
///
/// # Errors
/// When there is no such counter.
pub fn snmp6(host: &Host, name: &str) -> Result<u64> {
    const FILE: &str = "/proc/thread-self/net/snmp6";
    let text = host.run(|| fs::read_to_string(FILE)).context(FILE)?;
    let mut pairs = text.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?, words.next()?))
    });
    let found = pairs.find(|(known, _)| *known == name);
    let (_, value) =
        found.with_context(|| format!("{FILE} has no {name}"))?;
    Ok(value.parse()?)
}
