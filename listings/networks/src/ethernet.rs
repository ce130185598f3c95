//! The header of an Ethernet frame, read and written by hand.

use std::error::Error;
use std::fmt;
use wirelab::Mac;

// ANCHOR: header
/// The first 14 bytes of a frame (IEEE 802.3 §3.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    pub destination: Mac,
    pub source: Mac,
    pub kind: Kind,
}

/// What the two bytes behind the addresses mean (IEEE 802.3 §3.2.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// At least 0x0600: an EtherType, which says what the payload is.
    Type(u16),
    /// At most 1500: how many bytes of payload there are.
    Length(u16),
}
// ANCHOR_END: header

// ANCHOR: parse
impl Header {
    /// In bytes.
    pub const LENGTH: usize = 14;

    /// Reads the header, and finds the payload behind it. Padding is left
    /// out where the header tells it from the payload.
    ///
    /// # Errors
    /// When there are too few bytes, or two of them have no meaning.
    pub fn parse(frame: &[u8]) -> Result<(Header, &[u8]), NoFrame> {
        let Some((header, rest)) = frame.split_first_chunk() else {
            return Err(NoFrame::Cut { has: frame.len(), needs: 14 });
        };
        let &[a, b, c, d, e, f, g, h, i, j, k, l, m, n]: &[u8; 14] =
            header;
        let (kind, payload) = match u16::from_be_bytes([m, n]) {
            number @ 0x0600.. => (Kind::Type(number), rest),
            length @ ..=1500 => {
                let end = usize::from(length);
                let payload = rest.get(..end).ok_or(NoFrame::Cut {
                    has: frame.len(),
                    needs: Header::LENGTH + end,
                })?;
                (Kind::Length(length), payload)
            }
            number => return Err(NoFrame::Neither(number)),
        };
        let destination = Mac([a, b, c, d, e, f]);
        let source = Mac([g, h, i, j, k, l]);
        Ok((Header { destination, source, kind }, payload))
    }

    /// As it goes over the wire: numbers have their high byte first.
    pub fn to_bytes(&self) -> [u8; Header::LENGTH] {
        let (Kind::Type(number) | Kind::Length(number)) = self.kind;
        let mut bytes = [0; Header::LENGTH];
        bytes[..6].copy_from_slice(&self.destination.0);
        bytes[6..12].copy_from_slice(&self.source.0);
        bytes[12..].copy_from_slice(&number.to_be_bytes());
        bytes
    }
}
// ANCHOR_END: parse

/// The shortest and the longest frame that may be on a wire, in bytes:
/// without the frame check sequence, four bytes more that the card adds and
/// takes off again (`ETH_ZLEN` and `ETH_FRAME_LEN` of `linux/if_ether.h`).
pub const SHORTEST: usize = 60;
/// See [`SHORTEST`].
pub const LONGEST: usize = 1514;

/// What can't be read as a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoFrame {
    /// There are so many bytes, and there must be more.
    Cut { has: usize, needs: usize },
    /// Too much for a length and too little for a type: IEEE 802.3 §3.2.6
    /// gives 1501 to 1535 no meaning.
    Neither(u16),
}

impl fmt::Display for NoFrame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NoFrame::Cut { has, needs } => {
                write!(
                    f,
                    "cut: {has} bytes are here of at least {needs}"
                )
            }
            NoFrame::Neither(number) => {
                write!(f, "0x{number:04x} is neither type nor length")
            }
        }
    }
}

impl Error for NoFrame {}
