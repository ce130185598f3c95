//! A frame taken apart, header by header.

use anyhow::{bail, ensure, Context, Result};
use std::net::Ipv4Addr;
use std::ops::Range;
use wirelab::Mac;

/// One header of a frame, or what the last of them carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    pub name: &'static str,
    /// Of bytes in the frame.
    pub at: Range<usize>,
    pub says: String,
}

/// Whose the bytes are that come next.
enum Next {
    Ethernet,
    Type(u16),
    Protocol(u8),
    Ports(u16, u16),
    /// Who had the last header knows of nobody further in.
    Nobody,
}

// ANCHOR: peel
/// The layers of an Ethernet frame, from the outermost on. Each header has a
/// length, stated or fixed, and something that leads to the next.
///
/// # Errors
/// When the frame is cut, and when nobody here reads what comes next.
pub fn peel(frame: &[u8]) -> Result<Vec<Layer>> {
    let (mut layers, mut next) = (vec![], Next::Ethernet);
    let (mut at, mut end) = (0, frame.len());
    while at < end {
        let rest = &frame[at..end];
        let header;
        (header, next) = match next {
            Next::Ethernet => ethernet(rest)?,
            Next::Type(0x0800) => {
                let (header, next, total) = ipv4(rest)?;
                end = at + total; // padding may follow
                (header, next)
            }
            Next::Type(0x0806) => arp(rest)?,
            Next::Type(number) => bail!("nobody reads 0x{number:04x}"),
            Next::Protocol(6) => tcp(rest)?,
            Next::Protocol(17) => udp(rest)?,
            Next::Protocol(number) => bail!("nobody reads {number}"),
            Next::Ports(_, 4789) => vxlan(rest)?,
            Next::Ports(80, _) | Next::Ports(_, 80) => http(rest),
            Next::Ports(..) | Next::Nobody => data(rest),
        };
        let (name, length, says) = header;
        layers.push(Layer { name, at: at..at + length, says });
        at += length;
    }
    Ok(layers)
}
// ANCHOR_END: peel

/// A name, a length in bytes, and what it says.
type Header = (&'static str, usize, String);

/// The first bytes, if they are there.
fn first<const N: usize>(bytes: &[u8], name: &str) -> Result<[u8; N]> {
    let here = bytes.len();
    let first = bytes.first_chunk();
    let first = first.with_context(|| {
        format!("cut: {name} has {N} bytes, and {here} are here")
    })?;
    Ok(*first)
}

// ANCHOR: headers
/// The destination comes first, then the source (IEEE 802.3 §3.1.1).
fn ethernet(bytes: &[u8]) -> Result<(Header, Next)> {
    let b = first::<14>(bytes, "Ethernet")?;
    let [a0, a1, a2, a3, a4, a5, b0, b1, b2, b3, b4, b5, high, low] = b;
    let to = Mac([a0, a1, a2, a3, a4, a5]);
    let from = Mac([b0, b1, b2, b3, b4, b5]);
    let next = u16::from_be_bytes([high, low]);
    let says = format!("{from} → {to}, next 0x{next:04x}");
    Ok((("Ethernet", 14, says), Next::Type(next)))
}

/// And how long the whole packet is (RFC 791 §3.1).
fn ipv4(bytes: &[u8]) -> Result<(Header, Next, usize)> {
    let b = first::<20>(bytes, "IPv4")?;
    let header = usize::from(b[0] & 0x0f) * 4;
    let total = usize::from(u16::from_be_bytes([b[2], b[3]]));
    let here = bytes.len();
    ensure!(b[0] >> 4 == 4, "IPv4 in version {}", b[0] >> 4);
    ensure!(
        (20..=total).contains(&header) && total <= here,
        "cut: IPv4 with {header} of {total} bytes, and {here} are here"
    );
    let from = Ipv4Addr::new(b[12], b[13], b[14], b[15]);
    let to = Ipv4Addr::new(b[16], b[17], b[18], b[19]);
    let says = format!("{from} → {to}, next {}", b[9]);
    // A later piece of a packet begins with no header.
    let whole = u16::from_be_bytes([b[6], b[7]]) & 0x3fff == 0;
    let next = if whole { Next::Protocol(b[9]) } else { Next::Nobody };
    Ok((("IPv4", header, says), next, total))
}

/// RFC 9293 §3.1
fn tcp(bytes: &[u8]) -> Result<(Header, Next)> {
    let b = first::<20>(bytes, "TCP")?;
    let header = usize::from(b[12] >> 4) * 4;
    let here = bytes.len();
    ensure!((20..=here).contains(&header), "TCP header of {header}");
    let (from, to) = ports(b[0], b[1], b[2], b[3]);
    let says = format!("port {from} → {to}");
    Ok((("TCP", header, says), Next::Ports(from, to)))
}
// ANCHOR_END: headers

/// RFC 768
fn udp(bytes: &[u8]) -> Result<(Header, Next)> {
    let [a, b, c, d, ..] = first::<8>(bytes, "UDP")?;
    let (from, to) = ports(a, b, c, d);
    let says = format!("port {from} → {to}");
    Ok((("UDP", 8, says), Next::Ports(from, to)))
}

fn ports(a: u8, b: u8, c: u8, d: u8) -> (u16, u16) {
    (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
}

/// For IPv4 on Ethernet (RFC 826).
fn arp(bytes: &[u8]) -> Result<(Header, Next)> {
    let b = first::<28>(bytes, "ARP")?;
    let sender = Ipv4Addr::new(b[14], b[15], b[16], b[17]);
    let target = Ipv4Addr::new(b[24], b[25], b[26], b[27]);
    let says = match b[7] {
        1 => format!("who has {target}? tell {sender}"),
        _ => format!("here is {sender}"),
    };
    Ok((("ARP", 28, says), Next::Nobody))
}

/// A frame of a network that is laid over another one (RFC 7348 §5).
fn vxlan(bytes: &[u8]) -> Result<(Header, Next)> {
    let [_, _, _, _, a, b, c, _] = first::<8>(bytes, "VXLAN")?;
    let network = u32::from_be_bytes([0, a, b, c]);
    Ok((("VXLAN", 8, format!("network {network}")), Next::Ethernet))
}

fn http(bytes: &[u8]) -> (Header, Next) {
    let text = String::from_utf8_lossy(bytes);
    let line = text.lines().next().unwrap_or_default().to_owned();
    (("HTTP", bytes.len(), line), Next::Nobody)
}

fn data(bytes: &[u8]) -> (Header, Next) {
    (("data", bytes.len(), String::new()), Next::Nobody)
}
