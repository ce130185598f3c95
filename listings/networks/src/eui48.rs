//! MAC addresses in writing, and what their bits say.

use std::error::Error;
use std::fmt;
use std::net::Ipv4Addr;
use wirelab::Mac;

// ANCHOR: parse
/// Reads an address: six octets of two hexadecimal digits each, with colons
/// between them, or with hyphens.
///
/// # Errors
/// What is wrong, and where.
pub fn parse(text: &str) -> Result<Mac, BadMac> {
    let separator = if text.contains('-') { '-' } else { ':' };
    let octets: Vec<&str> = text.split(separator).collect();
    if octets.len() != 6 {
        return Err(BadMac::Octets(octets.len()));
    }
    let mut mac = [0; 6];
    for (n, digits) in octets.iter().enumerate() {
        mac[n] = octet(digits).ok_or_else(|| BadMac::Digits {
            octet: n + 1,
            digits: (*digits).to_owned(),
        })?;
    }
    Ok(Mac(mac))
}

/// `5e`. The library would also take `+5` and `5`.
fn octet(digits: &str) -> Option<u8> {
    let hexadecimal = digits.bytes().all(|b| b.is_ascii_hexdigit());
    if digits.len() != 2 || !hexadecimal {
        return None;
    }
    u8::from_str_radix(digits, 16).ok()
}
// ANCHOR_END: parse

/// Why a text is no MAC address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadMac {
    /// It has so many octets, and not six.
    Octets(usize),
    /// This octet, counted from 1, is not two hexadecimal digits.
    Digits { octet: usize, digits: String },
}

impl fmt::Display for BadMac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadMac::Octets(n) => write!(f, "6 octets wanted, not {n}"),
            BadMac::Digits { octet, digits } => write!(
                f,
                "octet {octet} is {digits:?}: two hexadecimal digits \
                 wanted"
            ),
        }
    }
}

impl Error for BadMac {}

// ANCHOR: kind
/// Whom an address names, and who has chosen it: RFC 9542 §2.1.1, §2.1.3 and
/// §2.3.1.
pub fn kind(mac: Mac) -> (&'static str, &'static str) {
    let who = match mac.0 {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff] => "everybody",
        [0x01, 0x00, 0x5e, 0x00..=0x7f, ..] => "a group of IPv4",
        [0x33, 0x33, ..] => "a group of IPv6",
        _ if mac.is_group() => "a group",
        _ => "one interface",
    };
    match mac.is_local() {
        true => (who, "local"),
        false => (who, "universal"),
    }
}
// ANCHOR_END: kind

// ANCHOR: blocks
/// The blocks of addresses that the IEEE hands out: their name, and how many
/// bits at the start are the block's (RFC 9542 §2.1).
pub const BLOCKS: [(&str, u32); 3] =
    [("MA-L", 24), ("MA-M", 28), ("MA-S", 36)];

/// The first `bits` of an address, as hexadecimal digits.
pub fn prefix(mac: Mac, bits: u32) -> String {
    let digits = mac.to_string().replace(':', "");
    digits.chars().take(bits as usize / 4).collect()
}
// ANCHOR_END: blocks

// ANCHOR: group
/// The address to which Ethernet sends what is for a group of IPv4: 23 of the
/// group's 32 bits behind 01:00:5e (RFC 1112 §6.4).
pub fn of_group(group: Ipv4Addr) -> Mac {
    let [_, b, c, d] = group.octets();
    Mac([0x01, 0x00, 0x5e, b & 0x7f, c, d])
}
// ANCHOR_END: group
