//! Addresses of Ethernet.

use std::fmt;

/// A 48-bit MAC address, printed as `02:00:00:00:00:01` (IEEE 802-2014 §8).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Mac(pub [u8; 6]);

impl Mac {
    /// `ff:ff:ff:ff:ff:ff`: every station.
    pub const BROADCAST: Mac = Mac([0xff; 6]);

    /// The lab's own `n`th address. The second bit of its first byte is set:
    /// administered locally, so it belongs to no maker.
    pub const fn local(n: u16) -> Mac {
        let [high, low] = n.to_be_bytes();
        Mac([2, 0, 0, 0, high, low])
    }

    /// Whether it names a group of stations, as broadcast does: the lowest
    /// bit of the first byte, I/G (RFC 9542 §2.1.1: M).
    pub const fn is_group(self) -> bool {
        self.0[0] & 0x01 != 0
    }

    /// Whether it is administered locally, by whoever sets it: the second
    /// lowest bit of the first byte, U/L (RFC 9542 §2.1.1: X).
    pub const fn is_local(self) -> bool {
        self.0[0] & 0x02 != 0
    }
}

impl fmt::Display for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [a, b, c, d, e, g] = self.0;
        write!(f, "{a:02x}:{b:02x}:{c:02x}:{d:02x}:{e:02x}:{g:02x}")
    }
}

impl fmt::Debug for Mac {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
