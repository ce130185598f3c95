//! Subnets of IPv4: an address, and how many of its bits are the network's.

use std::error::Error;
use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

// ANCHOR: subnet
/// An address with its prefix length: of 172.16.10.1/24 the first 24 bits
/// number the network, and the other 8 the host (RFC 4632 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Subnet {
    address: Ipv4Addr,
    prefix: u8,
}

impl Subnet {
    /// As many ones as the prefix is long, and then zeros.
    pub fn mask(self) -> Ipv4Addr {
        // To shift all 32 bits out is an overflow, and not 0.
        let ones = u32::MAX.checked_shl(32 - u32::from(self.prefix));
        ones.unwrap_or(0).into()
    }

    /// The subnet's own number: all bits of the host are 0.
    pub fn network(self) -> Ipv4Addr {
        self.address & self.mask()
    }

    /// Whether a host with this address and mask takes `other` for one of
    /// its subnet: RFC 1122 §3.3.1.1(b).
    pub fn contains(self, other: Ipv4Addr) -> bool {
        other & self.mask() == self.network()
    }
}
// ANCHOR_END: subnet

impl Subnet {
    /// # Errors
    /// When an address has not so many bits.
    pub fn new(
        address: Ipv4Addr,
        prefix: u8,
    ) -> Result<Subnet, SubnetError> {
        match prefix {
            0..=32 => Ok(Subnet { address, prefix }),
            _ => Err(SubnetError::Prefix(prefix.to_string())),
        }
    }

    // ANCHOR: contiguous
    /// # Errors
    /// When a one follows a zero in the mask: then it is the mask of no
    /// prefix (RFC 1812 §2.2.5.2).
    pub fn with_mask(
        address: Ipv4Addr,
        mask: Ipv4Addr,
    ) -> Result<Subnet, SubnetError> {
        let bits = u32::from(mask);
        let prefix = bits.leading_ones();
        if bits.count_ones() != prefix {
            let zeros = (bits << prefix).leading_zeros();
            let (zero, one) = (prefix + 1, prefix + zeros + 1);
            return Err(SubnetError::Gap { mask, zero, one });
        }
        Ok(Subnet { address, prefix: prefix as u8 })
    }
    // ANCHOR_END: contiguous

    pub fn address(self) -> Ipv4Addr {
        self.address
    }

    /// In bits.
    pub fn prefix(self) -> u8 {
        self.prefix
    }

    // ANCHOR: edges
    /// The address by which a datagram goes to all hosts of the subnet: all
    /// bits of the host are 1. With a prefix of 31 or 32 bits none is left
    /// for it (RFC 3021 §2.2).
    pub fn broadcast(self) -> Option<Ipv4Addr> {
        (self.prefix < 31).then_some(self.last())
    }

    /// The first and the last address that a host may have. With a prefix
    /// of 31 bits these are the two that there are (RFC 3021 §2.1).
    pub fn hosts(self) -> (Ipv4Addr, Ipv4Addr) {
        let (first, last) = (self.network(), self.last());
        match self.prefix {
            31 | 32 => (first, last),
            _ => (
                Ipv4Addr::from(u32::from(first) + 1),
                Ipv4Addr::from(u32::from(last) - 1),
            ),
        }
    }

    fn last(self) -> Ipv4Addr {
        self.address | !self.mask()
    }
    // ANCHOR_END: edges
}

impl fmt::Display for Subnet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl FromStr for Subnet {
    type Err = SubnetError;

    fn from_str(text: &str) -> Result<Subnet, SubnetError> {
        let parts = text.split_once('/');
        let (address, prefix) = parts.ok_or(SubnetError::NoPrefix)?;
        let address = parse_address(address)?;
        let length = decimal(prefix);
        let length = length
            .map_err(|_| SubnetError::Prefix(prefix.to_owned()))?;
        Subnet::new(address, length)
    }
}

/// Four numbers and three dots, `172.16.10.1`, or four times eight bits,
/// `10101100.00010000.00001010.00000001`.
///
/// # Errors
/// For anything else.
pub fn parse_address(text: &str) -> Result<Ipv4Addr, SubnetError> {
    let parts: Vec<&str> = text.split('.').collect();
    let octet = match parts.iter().all(|part| looks_binary(part)) {
        true => binary,
        false => decimal,
    };
    let mut octets = [0; 4];
    for (n, (text, place)) in parts.iter().zip(&mut octets).enumerate()
    {
        *place = octet(text).map_err(|why| {
            let text = (*text).to_owned();
            SubnetError::Octet { number: n + 1, text, why }
        })?;
    }
    match parts.len() {
        4 => Ok(octets.into()),
        n => Err(SubnetError::Octets(n)),
    }
}

/// All the bits of an address, as [`parse_address`] reads them.
pub fn bits(address: Ipv4Addr) -> String {
    address.octets().map(|octet| format!("{octet:08b}")).join(".")
}

/// Longer than the longest number, and all ones and zeros.
fn looks_binary(octet: &str) -> bool {
    octet.len() > 3 && octet.bytes().all(|b| matches!(b, b'0' | b'1'))
}

// ANCHOR: octet
fn decimal(text: &str) -> Result<u8, String> {
    if text.is_empty() {
        return Err("empty".into());
    }
    // `parse` would take a plus sign.
    if let Some(c) = text.chars().find(|c| !c.is_ascii_digit()) {
        return Err(format!("{c:?} is no digit"));
    }
    // Some programs read 010 as 8: inet_addr(3).
    if text.len() > 1 && text.starts_with('0') {
        return Err("a zero in front".into());
    }
    text.parse().map_err(|_| "more than 255".into())
}

fn binary(text: &str) -> Result<u8, String> {
    // `from_str_radix` would take any number of zeros in front.
    if text.len() != 8 {
        return Err(format!("{} bits, not 8", text.len()));
    }
    u8::from_str_radix(text, 2).map_err(|error| error.to_string())
}
// ANCHOR_END: octet

/// Why a text is no address, no mask or no subnet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubnetError {
    /// It has so many octets.
    Octets(usize),
    /// One of its octets, counted from 1, is none.
    Octet { number: usize, text: String, why: String },
    /// There is no slash.
    NoPrefix,
    /// What is behind the slash.
    Prefix(String),
    /// Two bits of a mask, counted from 1: a one behind a zero.
    Gap { mask: Ipv4Addr, zero: u32, one: u32 },
}

impl fmt::Display for SubnetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octets(n) => write!(f, "{n} octets, not 4"),
            Self::Octet { number, text, why } => {
                write!(f, "octet {number}, {text:?}: {why}")
            }
            Self::NoPrefix => {
                f.write_str("no prefix length: write 172.16.10.1/24")
            }
            Self::Prefix(text) => {
                write!(f, "prefix length {text:?}: not one of 0 to 32")
            }
            Self::Gap { mask, zero, one } => {
                write!(
                    f,
                    "mask {mask}: bit {zero} is 0, and bit {one} behind \
                     it is 1"
                )
            }
        }
    }
}

impl Error for SubnetError {}
