//! Frames in words, with sequence numbers that begin at 0.

use crate::frame::{
    protocol_name, ArpOperation, Frame, Icmpv6Body, Quote, Tcp,
};
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};

/// How a port is printed.
pub(crate) trait Ports {
    fn port(&mut self, address: IpAddr, port: u16) -> String;
}

/// A frame in words.
pub(crate) struct Described {
    pub headline: String,
    pub detail: String,
}

/// From and to.
type Direction = (SocketAddr, SocketAddr);

/// Remembers what the connections of a trace have sent so far.
#[derive(Default)]
pub(crate) struct Describer {
    /// The sequence number that counts as 0.
    first: HashMap<Direction, u32>,
    /// The relative number behind the last byte that this host has sent: a
    /// router's copy of a segment is no retransmission.
    next: HashMap<(usize, Direction), i32>,
}

impl Describer {
    /// Describes the next frame of the trace, which this host sent.
    pub fn describe(
        &mut self,
        frame: &Frame,
        host: usize,
        ports: &mut dyn Ports,
    ) -> Described {
        let (headline, mut detail) = self.words(frame, host, ports);
        if let Some(hops) = hops(frame) {
            if !detail.is_empty() {
                detail += " ";
            }
            detail += &hops;
        }
        Described { headline, detail }
    }

    /// The same without its hops, which every line tells anyway. Without a
    /// host, of a frame that came in changed: nobody sent it.
    pub fn exactly(
        &mut self,
        frame: &Frame,
        host: Option<usize>,
        ports: &mut dyn Ports,
    ) -> Described {
        let (headline, detail) = match host {
            Some(host) => self.words(frame, host, ports),
            None => {
                let first = self.first.clone();
                let mut copy =
                    Describer { first, next: HashMap::new() };
                copy.words(frame, 0, ports)
            }
        };
        Described { headline, detail }
    }

    fn words(
        &mut self,
        frame: &Frame,
        host: usize,
        ports: &mut dyn Ports,
    ) -> (String, String) {
        if let Some(arp) = frame.arp() {
            let (from, to) = (arp.sender_ip, arp.target_ip);
            return match arp.operation {
                ArpOperation::Reply => (
                    "ARP reply".into(),
                    format!("{from} is at {}", arp.sender_mac),
                ),
                // RFC 5227 §1.1
                ArpOperation::Request if from.is_unspecified() => {
                    ("ARP probe".into(), format!("who has {to}?"))
                }
                ArpOperation::Request if from == to => (
                    "ARP announcement".into(),
                    format!("{from} is at {}", arp.sender_mac),
                ),
                ArpOperation::Request => (
                    "ARP request".into(),
                    format!("who has {to}? tell {from}"),
                ),
                ArpOperation::Other(n) => {
                    (format!("ARP operation {n}"), String::new())
                }
            };
        }
        let Some((from, to)) = frame.addresses() else {
            return match frame.ethertype() {
                None => {
                    ("cut frame".into(), bytes(frame.bytes().len()))
                }
                Some(kind @ 0..0x600) => {
                    ("IEEE 802.3".into(), bytes(kind.into()))
                }
                Some(kind @ (0x800 | 0x806 | 0x86dd)) => (
                    "cut frame".into(),
                    format!("ethertype 0x{kind:04x}"),
                ),
                Some(kind) => (
                    "Ethernet".into(),
                    format!("ethertype 0x{kind:04x}"),
                ),
            };
        };
        if let Some(tcp) = frame.tcp() {
            let direction = (
                SocketAddr::new(from, tcp.source_port),
                SocketAddr::new(to, tcp.destination_port),
            );
            let detail = self.tcp(&tcp, direction, host);
            return (tcp.flags.to_string(), detail);
        }
        if let Some(udp) = frame.udp() {
            let from = ports.port(from, udp.source_port);
            let to = ports.port(to, udp.destination_port);
            return ("UDP".into(), format!("{from} → {to}"));
        }
        if let Some(icmp) = frame.icmp() {
            let headline = match icmp.name() {
                Some(name) => format!("ICMP {name}"),
                None => {
                    format!("ICMP {} code {}", icmp.kind, icmp.code)
                }
            };
            let [_, _, a, b] = icmp.rest;
            let detail = match (icmp.kind, icmp.quote) {
                (0 | 8, _) => {
                    format!("seq {}", u16::from_be_bytes([a, b]))
                }
                (_, Some(quote)) => quoted(&quote, ports),
                _ => String::new(),
            };
            return (headline, detail);
        }
        if let Some(icmp) = frame.icmpv6() {
            let headline = match icmp.name() {
                Some(name) => format!("ICMPv6 {name}"),
                None => {
                    format!("ICMPv6 {} code {}", icmp.kind, icmp.code)
                }
            };
            return (headline, icmpv6(&icmp.body, ports));
        }
        if let Some(igmp) = frame.igmp() {
            let headline = match igmp.name() {
                Some(name) => format!("IGMP {name}"),
                None => format!("IGMP type 0x{:02x}", igmp.kind),
            };
            return (headline, list(&igmp.groups));
        }
        let (version, protocol, fragment) = match frame.ipv4() {
            Some(ip) => ("IPv4", ip.protocol, ip.is_fragment()),
            None => {
                let ip = frame.ipv6();
                let protocol = ip.map_or(0, |ip| ip.protocol);
                ("IPv6", protocol, ip.is_some_and(|ip| ip.fragment))
            }
        };
        let name = protocol_name(protocol);
        if fragment {
            let detail = match frame.ipv4() {
                Some(ip) => {
                    let from = usize::from(ip.fragment_offset);
                    let to = from + ip.payload.len();
                    format!("bytes {from} to {to} of {name}")
                }
                None => format!("of {name}"),
            };
            return (format!("{version} fragment"), detail);
        }
        (version.into(), name)
    }

    /// `seq 0 ack 1`
    fn tcp(
        &mut self,
        tcp: &Tcp,
        direction: Direction,
        host: usize,
    ) -> String {
        let back = (direction.1, direction.0);
        let known = self.first.get(&direction).copied();
        if tcp.flags.syn && known != Some(tcp.sequence) {
            // A new connection between the same ports, unless it is the
            // first, or the answer to a SYN.
            if known.is_some() && !tcp.flags.ack {
                self.first.remove(&back);
            }
            self.first.insert(direction, tcp.sequence);
            self.next.retain(|(_, of), _| *of != direction);
        }
        let first =
            *self.first.entry(direction).or_insert(tcp.sequence);
        let sequence = tcp.sequence.wrapping_sub(first) as i32;
        let mut detail = format!("seq {sequence}");
        if tcp.flags.ack {
            let first =
                *self.first.entry(back).or_insert(tcp.acknowledgment);
            let ack = tcp.acknowledgment.wrapping_sub(first) as i32;
            detail += &format!(" ack {ack}");
        }
        let length = tcp.length() as i32;
        if length > 0 {
            let end = sequence.wrapping_add(length);
            match self.next.get_mut(&(host, direction)) {
                Some(next) if sequence < *next => {
                    detail += " again";
                    *next = end.max(*next);
                }
                Some(next) => *next = end,
                None => {
                    self.next.insert((host, direction), end);
                }
            }
        }
        detail
    }
}

fn icmpv6(body: &Icmpv6Body, ports: &mut dyn Ports) -> String {
    match body {
        Icmpv6Body::Error(Some(quote)) => quoted(quote, ports),
        Icmpv6Body::Echo { sequence, .. } => format!("seq {sequence}"),
        Icmpv6Body::NeighborSolicitation { target, .. } => {
            format!("who has {target}?")
        }
        Icmpv6Body::NeighborAdvertisement { target, target_mac } => {
            match target_mac {
                Some(mac) => format!("{target} is at {mac}"),
                None => format!("{target} is here"),
            }
        }
        Icmpv6Body::RouterAdvertisement { lifetime } => {
            format!("for {lifetime} s")
        }
        Icmpv6Body::ListenerReport { groups } => list(groups),
        Icmpv6Body::Error(None)
        | Icmpv6Body::RouterSolicitation
        | Icmpv6Body::Other => String::new(),
    }
}

fn list<T: ToString>(all: &[T]) -> String {
    all.iter().map(T::to_string).collect::<Vec<_>>().join(", ")
}

/// `about UDP 172.16.10.1:5000 → 172.16.10.2:9`
fn quoted(quote: &Quote, ports: &mut dyn Ports) -> String {
    let (from, to) = (quote.source, quote.destination);
    let name = protocol_name(quote.protocol);
    match quote.ports {
        Some((a, b)) => {
            let (a, b) = (ports.port(from, a), ports.port(to, b));
            format!("about {name} {a} → {b}")
        }
        None => format!("about {name} {from} → {to}"),
    }
}

/// `ttl 63`, where it isn't what hosts begin with, or what the protocol
/// itself asks for.
fn hops(frame: &Frame) -> Option<String> {
    const USUAL: u8 = 64;
    if let Some(ip) = frame.ipv4() {
        let usual = ip.ttl == USUAL || frame.igmp().is_some();
        return (!usual).then(|| format!("ttl {}", ip.ttl));
    }
    let ip = frame.ipv6()?;
    // 1 for multicast listeners, 255 for neighbors (RFC 3810 §5, RFC 4861
    // §4.1).
    let local = frame
        .icmpv6()
        .is_some_and(|icmp| matches!(icmp.kind, 130..=137 | 143));
    let usual = ip.hop_limit == USUAL || local;
    (!usual).then(|| format!("hop limit {}", ip.hop_limit))
}

/// `1 byte`, `2 bytes`
pub(crate) fn bytes(count: usize) -> String {
    match count {
        1 => "1 byte".into(),
        n => format!("{n} bytes"),
    }
}

/// As text if it is text, on one line: line breaks and tabs are escaped.
pub(crate) fn text(payload: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(payload).ok()?;
    let plain =
        |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t');
    let escape = |c: char| match c {
        '\n' | '\r' | '\t' | '\\' => {
            c.escape_default().collect::<String>()
        }
        c => c.into(),
    };
    text.chars().all(plain).then(|| text.chars().map(escape).collect())
}

/// `48 54 54 50`
pub(crate) fn hex(bytes: &[u8]) -> String {
    let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
    hex.collect::<Vec<_>>().join(" ")
}

/// `“question” · 8 bytes`, long ones cut; `None` if there is none.
pub(crate) fn payload(payload: &[u8]) -> Option<String> {
    const CHARS: usize = 32;
    const BYTES: usize = 8;
    if payload.is_empty() {
        return None;
    }
    let size = bytes(payload.len());
    Some(match text(payload) {
        Some(text) if text.chars().count() > CHARS => {
            let start: String = text.chars().take(CHARS - 1).collect();
            format!("“{start}…” · {size}")
        }
        Some(text) => format!("“{text}” · {size}"),
        None if payload.len() > BYTES => {
            format!("{} … · {size}", hex(&payload[..BYTES]))
        }
        None => format!("{} · {size}", hex(payload)),
    })
}

/// Like [`payload`], but two that differ have different texts.
pub(crate) fn payload_whole(payload: &[u8]) -> String {
    const BYTES: usize = 256;
    let size = bytes(payload.len());
    let start = &payload[..payload.len().min(BYTES)];
    let words = match text(start) {
        Some(text) => format!("“{text}”"),
        None => hex(start),
    };
    match payload.len() {
        0 => size,
        n if n > BYTES => {
            format!(
                "{words}… · {size}, digest {:016x}",
                digest(payload)
            )
        }
        _ => format!("{words} · {size}"),
    }
}

/// FNV-1a: enough to notice that two differ, and alike on every machine.
fn digest(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |sum, &byte| {
        (sum ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
