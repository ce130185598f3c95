//! Which protocols a frame carries, by the numbers in its headers.

use std::fmt;

/// What the headers of a frame say, one number after the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Numbers {
    /// In Ethernet's header: what comes next.
    pub ethertype: u16,
    /// In IP's header: what comes next.
    pub protocol: Option<u8>,
    /// Of the two ports of TCP or UDP the lower one: servers have it.
    pub port: Option<u16>,
    /// A message of ICMP or ICMPv6 has a type.
    pub kind: Option<u8>,
}

// ANCHOR: numbers
/// Reads the numbers of a frame, and finds what TCP or UDP carries. None if
/// a header is cut.
pub fn numbers(frame: &[u8]) -> Option<(Numbers, &[u8])> {
    let mut numbers =
        Numbers { ethertype: word(frame, 12)?, ..Default::default() };
    let packet = frame.get(14..)?;
    let (protocol, rest) = match numbers.ethertype {
        0x0800 => {
            let header = 4 * usize::from(packet.first()? & 0x0f);
            let end = usize::from(word(packet, 2)?); // then padding
            (*packet.get(9)?, packet.get(header..end)?)
        }
        0x86dd => {
            let rest = packet.get(40..)?;
            match *packet.get(6)? {
                // Hop-by-hop options: the next number is in there.
                0 => {
                    let length = 8 + 8 * usize::from(*rest.get(1)?);
                    (*rest.first()?, rest.get(length..)?)
                }
                protocol => (protocol, rest),
            }
        }
        // No number says more.
        _ => return Some((numbers, &[])),
    };
    numbers.protocol = Some(protocol);
    let data = match protocol {
        6 => 4 * usize::from(rest.get(12)? >> 4),
        17 => 8,
        1 | 58 => {
            numbers.kind = Some(*rest.first()?);
            return Some((numbers, &[]));
        }
        _ => return Some((numbers, &[])),
    };
    numbers.port = Some(word(rest, 0)?.min(word(rest, 2)?));
    Some((numbers, rest.get(data..)?))
}

fn word(bytes: &[u8], at: usize) -> Option<u16> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u16::from_be_bytes(*bytes))
}
// ANCHOR_END: numbers

// ANCHOR: names
impl fmt::Display for Numbers {
    /// The innermost protocol that the numbers name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match (self.ethertype, self.protocol, self.port) {
            (0x0806, ..) => "ARP",
            (_, Some(1), _) => "ICMP",
            (_, Some(2), _) => "IGMP",
            (_, Some(58), _) => match self.kind {
                Some(130..=132 | 143) => "MLD",
                Some(133..=137) => "NDP",
                _ => "ICMPv6",
            },
            (_, Some(6 | 17), Some(53)) => "DNS?",
            (_, Some(6), Some(80)) => "HTTP?",
            (_, Some(6), Some(443)) => "HTTPS?",
            _ => "?",
        })
    }
}

/// What the bytes themselves look like.
pub fn guess(data: &[u8]) -> &'static str {
    match data {
        [] => "",
        // A TLS record: a handshake, version 3.x.
        [22, 3, ..] => "TLS",
        [b'G', b'E', b'T', b' ', ..] | [b'H', b'T', b'T', b'P', ..] => {
            "HTTP"
        }
        // An identifier, flags, one question, and something after the header.
        [_, _, _, _, 0, 1, ..] if data.len() > 12 => "DNS",
        _ => "?",
    }
}
// ANCHOR_END: names
