//! Which of the 4,294,967,296 addresses of IPv4 are set aside, and for what.

use anyhow::{ensure, Result};
use clap::Parser;
use std::net::Ipv4Addr;

/// Say of addresses to which special range they belong, and what std says.
#[derive(Parser)]
struct Cli {
    /// Without any: some of each range.
    addresses: Vec<Ipv4Addr>,
}

// ANCHOR: ranges
/// Addresses that begin with the same bits.
pub struct Range {
    pub first: Ipv4Addr,
    /// How many bits they share.
    pub prefix: u32,
    pub name: &'static str,
}

const fn range(
    [a, b, c, d]: [u8; 4],
    prefix: u32,
    name: &'static str,
) -> Range {
    Range { first: Ipv4Addr::new(a, b, c, d), prefix, name }
}

/// Where the names come from: RFC 1122 §3.2.1.3 (0/8, 127/8), RFC 1918 §3,
/// RFC 6598 §7, RFC 3927 §2.1, RFC 5737 §3, RFC 1112 §4 (224/4, 240/4),
/// RFC 919 §7.
pub const RANGES: [Range; 13] = [
    range([0, 0, 0, 0], 8, "this network"),
    range([10, 0, 0, 0], 8, "private"),
    range([100, 64, 0, 0], 10, "shared"),
    range([127, 0, 0, 0], 8, "loopback"),
    range([169, 254, 0, 0], 16, "link-local"),
    range([172, 16, 0, 0], 12, "private"),
    range([192, 0, 2, 0], 24, "documentation"),
    range([192, 168, 0, 0], 16, "private"),
    range([198, 51, 100, 0], 24, "documentation"),
    range([203, 0, 113, 0], 24, "documentation"),
    range([224, 0, 0, 0], 4, "multicast"),
    range([240, 0, 0, 0], 4, "reserved"),
    range([255, 255, 255, 255], 32, "broadcast"),
];

impl Range {
    /// Ones where its addresses differ.
    fn host_bits(&self) -> u32 {
        u32::MAX.checked_shr(self.prefix).unwrap_or(0)
    }

    /// Whether an address begins with the same bits.
    pub fn contains(&self, address: Ipv4Addr) -> bool {
        let prefix = u32::from(address) & !self.host_bits();
        prefix == u32::from(self.first)
    }

    /// Its last address: all the other bits are ones.
    pub fn last(&self) -> Ipv4Addr {
        Ipv4Addr::from(u32::from(self.first) | self.host_bits())
    }
}

/// The range that an address belongs to; of two, the smaller one.
pub fn range_of(address: Ipv4Addr) -> Option<&'static Range> {
    let ranges = RANGES.iter().filter(|r| r.contains(address));
    ranges.max_by_key(|range| range.prefix)
}
// ANCHOR_END: ranges

// ANCHOR: std
type Is = fn(&Ipv4Addr) -> bool;

/// What std has for it.
pub const METHODS: [(&str, Is); 7] = [
    ("is_unspecified", Ipv4Addr::is_unspecified),
    ("is_private", Ipv4Addr::is_private),
    ("is_loopback", Ipv4Addr::is_loopback),
    ("is_link_local", Ipv4Addr::is_link_local),
    ("is_documentation", Ipv4Addr::is_documentation),
    ("is_multicast", Ipv4Addr::is_multicast),
    ("is_broadcast", Ipv4Addr::is_broadcast),
];
// ANCHOR_END: std

fn line(address: Ipv4Addr) -> String {
    let (range, name) = match range_of(address) {
        Some(r) => (format!("{}/{}", r.first, r.prefix), r.name),
        None => ("-".to_owned(), "-"),
    };
    let says = METHODS.iter().find(|(_, is)| is(&address));
    let says = says.map_or("-", |(method, _)| method);
    format!("{address:<15}  {range:<18}  {name:<13}  {says}")
}

fn main() -> Result<()> {
    let Cli { mut addresses } = Cli::parse();
    if addresses.is_empty() {
        let example = Ipv4Addr::new(172, 16, 10, 1);
        let number = u32::from(example);
        println!("{example} = {number} = 0b{number:032b}");
        ensure!(Ipv4Addr::from(number) == example);
        addresses = RANGES.iter().map(|range| range.first).collect();
        // The first one that is nobody's but its owner's.
        addresses.insert(6, Ipv4Addr::new(172, 32, 0, 0));
        addresses.insert(1, Ipv4Addr::new(0, 0, 0, 1));
    }
    for address in addresses {
        println!("{}", line(address));
    }
    Ok(())
}
