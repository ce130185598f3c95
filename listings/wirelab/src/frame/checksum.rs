//! Whether the checksums of a frame are right (RFC 1071).

use super::Frame;
use etherparse::checksum::Sum16BitWords;
use std::net::IpAddr;

/// The checksums that are wrong: `TCP checksum is 0x12b4, not 0x12b5`.
/// Empty if all are right. Those that can't be reckoned are not judged: of
/// a fragment, of a packet that is cut, of UDP without a checksum.
pub fn bad_checksums(frame: &[u8]) -> Vec<String> {
    let frame = Frame::new(frame);
    let checks = [ipv4_header(&frame), transport(&frame)];
    let wrong =
        checks.into_iter().flatten().filter(|c| c.is != c.right);
    wrong
        .map(|Checksum { of, is, right }| {
            format!("{of} checksum is 0x{is:04x}, not 0x{right:04x}")
        })
        .collect()
}

/// A checksum that could be reckoned.
pub(super) struct Checksum {
    pub of: &'static str,
    pub is: u16,
    pub right: u16,
}

/// The checksum of an IPv4 header.
pub(super) fn ipv4_header(frame: &Frame) -> Option<Checksum> {
    let header = frame.ipv4_header()?;
    let (is, right) = over(Sum16BitWords::new(), header, 10)?;
    Some(Checksum { of: "IPv4 header", is, right })
}

/// The checksum of what IP carries.
pub(super) fn transport(frame: &Frame) -> Option<Checksum> {
    let (protocol, segment) = frame.whole_segment()?;
    let (from, to) = frame.addresses()?;
    let of = match (protocol, from) {
        (1, IpAddr::V4(_)) => "ICMP",
        (2, IpAddr::V4(_)) => "IGMP",
        (6, _) => "TCP",
        (17, _) => "UDP",
        (58, IpAddr::V6(_)) => "ICMPv6",
        _ => return None,
    };
    // UDP has a length of its own, which ends the datagram.
    let segment = match protocol {
        17 => {
            let &length = segment.get(4..)?.first_chunk::<2>()?;
            match usize::from(u16::from_be_bytes(length)) {
                0 => segment, // a jumbogram of IPv6: RFC 2675 §4
                length => segment.get(..length)?,
            }
        }
        _ => segment,
    };
    let mut sum = Sum16BitWords::new();
    if !matches!(of, "ICMP" | "IGMP") {
        // The pseudo-header: RFC 9293 §3.1, RFC 8200 §8.1.
        sum = match (from, to) {
            (IpAddr::V4(from), IpAddr::V4(to)) => {
                sum.add_4bytes(from.octets()).add_4bytes(to.octets())
            }
            (IpAddr::V6(from), IpAddr::V6(to)) => {
                sum.add_16bytes(from.octets()).add_16bytes(to.octets())
            }
            _ => return None,
        };
        let length = u32::try_from(segment.len()).ok()?;
        sum = sum
            .add_4bytes(length.to_be_bytes())
            .add_2bytes([0, protocol]);
    }
    let at = match of {
        "TCP" => 16,
        "UDP" => 6,
        _ => 2,
    };
    let (is, mut right) = over(sum, segment, at)?;
    if of == "UDP" {
        // 0 says that there is none, so a sum of 0 is sent as its twin
        // (RFC 768). IPv6 asks for one (RFC 8200 §8.1).
        if is == 0 && from.is_ipv4() {
            return None;
        }
        if right == 0 {
            right = 0xffff;
        }
    }
    Some(Checksum { of, is, right })
}

/// The checksum in these bytes at `at`, and what it should be.
fn over(
    sum: Sum16BitWords,
    bytes: &[u8],
    at: usize,
) -> Option<(u16, u16)> {
    let &is = bytes.get(at..)?.first_chunk::<2>()?;
    // An even place, so the two halves can be summed each for itself.
    let sum = sum.add_slice(&bytes[..at]).add_slice(&bytes[at + 2..]);
    let (is, right) =
        (u16::from_be_bytes(is), sum.ones_complement().to_be());
    // Whoever checks adds up all of it, and to that sum 0 and 0xffff are the
    // same (RFC 1071 §1). Linux sends either: `skb_checksum_help`.
    let twin = right == 0 && is == 0xffff;
    Some((is, if twin { is } else { right }))
}
