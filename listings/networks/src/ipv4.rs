//! The header of an IPv4 packet, taken apart (RFC 791 §3.1).

use std::error::Error;
use std::fmt;
use std::net::Ipv4Addr;

// ANCHOR: header
/// The fields of the header, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    /// In bytes, options included. On the wire it is in words of four.
    pub header_length: usize,
    pub type_of_service: u8,
    /// Of header and data, in bytes.
    pub total_length: usize,
    /// Tells which fragments belong together.
    pub identification: u16,
    pub dont_fragment: bool,
    pub more_fragments: bool,
    /// In bytes. On the wire it is in units of eight.
    pub fragment_offset: usize,
    /// Each router takes one off; the one that leaves nothing drops it.
    pub time_to_live: u8,
    /// 1 ICMP, 6 TCP, 17 UDP.
    pub protocol: u8,
    pub header_checksum: u16,
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
}
// ANCHOR_END: header

/// Why bytes are no packet of IPv4.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BadPacket {
    /// Fewer bytes are here than the packet has.
    Cut {
        here: usize,
        whole: usize,
    },
    Version(u8),
    /// In words of four bytes, and fewer than five.
    HeaderLength(u8),
    /// In bytes, and fewer than the header has.
    TotalLength(usize),
    Checksum {
        is: u16,
        right: u16,
    },
}

impl fmt::Display for BadPacket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BadPacket::Cut { here, whole } => {
                write!(f, "cut: {here} of {whole} bytes")
            }
            BadPacket::Version(n) => write!(f, "version {n}, not 4"),
            BadPacket::HeaderLength(n) => {
                write!(f, "header length {n}: the least is 5")
            }
            BadPacket::TotalLength(n) => {
                write!(f, "total length {n}: less than its header")
            }
            BadPacket::Checksum { is, right } => write!(
                f,
                "header checksum 0x{is:04x}: it should be 0x{right:04x}"
            ),
        }
    }
}

impl Error for BadPacket {}

// ANCHOR: parse
impl Header {
    /// Reads a packet from its first byte on. Padding may follow it.
    ///
    /// # Errors
    /// When it isn't whole, or contradicts itself.
    pub fn parse(packet: &[u8]) -> Result<Header, BadPacket> {
        let here = packet.len();
        let cut = |whole| BadPacket::Cut { here, whole };
        let &first = packet.first().ok_or(cut(20))?;
        if first >> 4 != 4 {
            return Err(BadPacket::Version(first >> 4));
        }
        if first & 0xf < 5 {
            return Err(BadPacket::HeaderLength(first & 0xf));
        }
        let header_length = 4 * usize::from(first & 0xf);
        let header =
            packet.get(..header_length).ok_or(cut(header_length))?;
        let word = |at: usize| {
            u16::from_be_bytes([header[at], header[at + 1]])
        };
        let address = |at: usize| {
            let [a, b] = word(at).to_be_bytes();
            let [c, d] = word(at + 2).to_be_bytes();
            Ipv4Addr::new(a, b, c, d)
        };
        if checksum(header) != 0 {
            let (is, right) = (word(10), right_checksum(header));
            return Err(BadPacket::Checksum { is, right });
        }
        let total_length = usize::from(word(2));
        if total_length < header_length {
            return Err(BadPacket::TotalLength(total_length));
        }
        if here < total_length {
            return Err(cut(total_length));
        }
        Ok(Header {
            header_length,
            type_of_service: header[1],
            total_length,
            identification: word(4),
            dont_fragment: word(6) & 0x4000 != 0,
            more_fragments: word(6) & 0x2000 != 0,
            fragment_offset: 8 * usize::from(word(6) & 0x1fff),
            time_to_live: header[8],
            protocol: header[9],
            header_checksum: word(10),
            source: address(12),
            destination: address(16),
        })
    }
}
// ANCHOR_END: parse

// ANCHOR: checksum
/// The Internet checksum (RFC 1071 §1): 16-bit words are added, what is
/// carried out at the left is added at the right, and in the end all bits
/// are turned over. Over a header with a right checksum it is 0.
pub fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|word| match *word {
        [high, low] => u16::from_be_bytes([high, low]),
        [high] => u16::from_be_bytes([high, 0]),
        _ => 0,
    });
    !words.fold(0_u16, |sum, word| {
        let (sum, carry) = sum.overflowing_add(word);
        sum + u16::from(carry)
    })
}

/// What the checksum of a header should be: reckoned as if it were 0.
fn right_checksum(header: &[u8]) -> u16 {
    let mut header = header.to_vec();
    header[10..12].fill(0);
    checksum(&header)
}
// ANCHOR_END: checksum

impl fmt::Display for Header {
    /// One line a field, as the RFC calls it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = match (self.dont_fragment, self.more_fragments) {
            (false, false) => "none",
            (true, false) => "DF",
            (false, true) => "MF",
            (true, true) => "DF MF",
        };
        let bytes = |n: usize| format!("{n} bytes");
        let lines = [
            ("Version", "4".to_owned()),
            ("Header Length", bytes(self.header_length)),
            ("Type of Service", self.type_of_service.to_string()),
            ("Total Length", bytes(self.total_length)),
            ("Identification", format!("{:#06x}", self.identification)),
            ("Flags", flags.to_owned()),
            ("Fragment Offset", bytes(self.fragment_offset)),
            ("Time to Live", self.time_to_live.to_string()),
            ("Protocol", self.protocol.to_string()),
            (
                "Header Checksum",
                format!("{:#06x}", self.header_checksum),
            ),
            ("Source", self.source.to_string()),
            ("Destination", self.destination.to_string()),
        ];
        let lines =
            lines.map(|(name, value)| format!("{name:<15}  {value}"));
        f.write_str(&lines.join("\n"))
    }
}
