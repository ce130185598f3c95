//! What the bytes of a frame mean.
//!
//! [`Frame`] answers what a lab asserts on: `frame.tcp()`, `frame.arp()`.
//! No bytes make it panic. What isn't there, or is cut, is `None`.

mod checksum;
mod layers;

use crate::Mac;
pub use checksum::bad_checksums;
use etherparse::{LaxNetSlice, LaxSlicedPacket, TransportSlice};
pub use layers::{layers, Field, Layer};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The EtherType for whatever somebody tries out in their own network: IEEE
/// 802's Local Experimental EtherType 1, `ETH_P_802_EX1` in Linux's
/// `if_ether.h`.
pub const EXPERIMENTAL: u16 = 0x88b5;

/// An Ethernet frame, from its destination's MAC address on (IEEE 802.3
/// §3.1.1), without preamble and frame check sequence.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    bytes: &'a [u8],
    sliced: Option<LaxSlicedPacket<'a>>,
}

/// Asks which MAC address belongs to an IP address, or answers (RFC 826).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arp {
    pub operation: ArpOperation,
    pub sender_mac: Mac,
    pub sender_ip: Ipv4Addr,
    pub target_mac: Mac,
    pub target_ip: Ipv4Addr,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArpOperation {
    Request,
    Reply,
    Other(u16),
}

/// The header of IPv4 (RFC 791 §3.1), and what follows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv4<'a> {
    pub source: Ipv4Addr,
    pub destination: Ipv4Addr,
    /// Each router takes one off; the one that leaves nothing drops it.
    pub ttl: u8,
    /// Tells which fragments belong together.
    pub id: u16,
    /// 1 ICMP, 2 IGMP, 6 TCP, 17 UDP.
    pub protocol: u8,
    pub dont_fragment: bool,
    pub more_fragments: bool,
    /// In bytes.
    pub fragment_offset: u16,
    /// Of header and payload in bytes, as the header has it.
    pub total_length: u16,
    /// As much of it as is here.
    pub payload: &'a [u8],
}

impl Ipv4<'_> {
    /// It is a part of a larger packet.
    pub fn is_fragment(&self) -> bool {
        self.more_fragments || self.fragment_offset != 0
    }
}

/// The header of IPv6 (RFC 8200 §3), and what follows its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ipv6<'a> {
    pub source: Ipv6Addr,
    pub destination: Ipv6Addr,
    /// As [`Ipv4::ttl`].
    pub hop_limit: u8,
    /// Of the payload, behind all extension headers: 58 ICMPv6, 6 TCP, 17
    /// UDP.
    pub protocol: u8,
    /// It is a part of a larger packet.
    pub fragment: bool,
    /// As much of it as is here.
    pub payload: &'a [u8],
}

/// A TCP segment (RFC 9293 §3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tcp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub sequence: u32,
    /// Means nothing unless [`Flags::ack`] is set.
    pub acknowledgment: u32,
    pub flags: Flags,
    /// Before it is scaled.
    pub window: u16,
    pub payload: &'a [u8],
}

impl Tcp<'_> {
    /// How far it moves the sequence numbers on: SYN and FIN count like a
    /// byte each (RFC 9293 §3.4).
    pub fn length(&self) -> u32 {
        let flags =
            u32::from(self.flags.syn) + u32::from(self.flags.fin);
        self.payload.len() as u32 + flags
    }
}

/// The control bits of a segment, printed as `SYN ACK`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flags {
    pub syn: bool,
    pub ack: bool,
    pub fin: bool,
    pub rst: bool,
    pub psh: bool,
    pub urg: bool,
}

impl Flags {
    /// From the byte of the header that has them: CWR and ECE are left out.
    pub const fn from_byte(byte: u8) -> Flags {
        Flags {
            fin: byte & 1 != 0,
            syn: byte & 2 != 0,
            rst: byte & 4 != 0,
            psh: byte & 8 != 0,
            ack: byte & 16 != 0,
            urg: byte & 32 != 0,
        }
    }
}

impl fmt::Display for Flags {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = [
            (self.fin, "FIN"),
            (self.syn, "SYN"),
            (self.rst, "RST"),
            (self.psh, "PSH"),
            (self.ack, "ACK"),
            (self.urg, "URG"),
        ];
        let set = names.into_iter().filter(|(set, _)| *set);
        let set: Vec<&str> = set.map(|(_, name)| name).collect();
        f.pad(&if set.is_empty() {
            "none".into()
        } else {
            set.join(" ")
        })
    }
}

/// A datagram of UDP (RFC 768).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Udp<'a> {
    pub source_port: u16,
    pub destination_port: u16,
    pub payload: &'a [u8],
}

/// A message of ICMP (RFC 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Icmp<'a> {
    /// The message's type: 3 destination unreachable, 11 time exceeded.
    pub kind: u8,
    pub code: u8,
    /// The four bytes behind the checksum. In an echo they are its
    /// identifier and its sequence number.
    pub rest: [u8; 4],
    /// Behind those.
    pub payload: &'a [u8],
    /// The packet that an error is about.
    pub quote: Option<Quote>,
}

impl Icmp<'_> {
    /// `port unreachable`; `None` for what only few have ever seen.
    pub fn name(&self) -> Option<&'static str> {
        Some(match (self.kind, self.code) {
            (0, _) => "echo reply",
            (3, 0) => "network unreachable",
            (3, 1) => "host unreachable",
            (3, 2) => "protocol unreachable",
            (3, 3) => "port unreachable",
            (3, 4) => "fragmentation needed",
            (3, 9 | 10 | 13) => "prohibited",
            (3, _) => "destination unreachable",
            (5, _) => "redirect",
            (8, _) => "echo request",
            (11, 0) => "time exceeded",
            (11, _) => "reassembly time exceeded",
            (12, _) => "parameter problem",
            _ => return None,
        })
    }
}

/// A message of ICMPv6 (RFC 4443), of neighbor discovery (RFC 4861) or of
/// multicast listener discovery (RFC 3810).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Icmpv6<'a> {
    /// The message's type: 135 neighbor solicitation.
    pub kind: u8,
    pub code: u8,
    pub body: Icmpv6Body,
    /// All that is behind the checksum.
    pub payload: &'a [u8],
}

impl Icmpv6<'_> {
    /// `neighbor solicitation`; `None` for what only few have ever seen.
    pub fn name(&self) -> Option<&'static str> {
        Some(match (self.kind, self.code) {
            (1, 0) => "no route to destination",
            (1, 1) => "prohibited",
            (1, 3) => "address unreachable",
            (1, 4) => "port unreachable",
            (1, _) => "destination unreachable",
            (2, _) => "packet too big",
            (3, 0) => "time exceeded",
            (3, _) => "reassembly time exceeded",
            (4, _) => "parameter problem",
            (128, _) => "echo request",
            (129, _) => "echo reply",
            (130, _) => "multicast listener query",
            (131 | 143, _) => "multicast listener report",
            (132, _) => "multicast listener done",
            (133, _) => "router solicitation",
            (134, _) => "router advertisement",
            (135, _) => "neighbor solicitation",
            (136, _) => "neighbor advertisement",
            (137, _) => "redirect",
            _ => return None,
        })
    }
}

/// What a message of ICMPv6 says, by its type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Icmpv6Body {
    /// The packet that an error is about.
    Error(Option<Quote>),
    /// An echo request or reply.
    Echo { id: u16, sequence: u16 },
    /// Which routers are here?
    RouterSolicitation,
    /// I am a router, for so many seconds; 0 if not a default one.
    RouterAdvertisement { lifetime: u16 },
    /// Which MAC address does the target have?
    NeighborSolicitation { target: Ipv6Addr, source_mac: Option<Mac> },
    /// The target has this MAC address.
    NeighborAdvertisement { target: Ipv6Addr, target_mac: Option<Mac> },
    /// The groups that somebody listens to, or doesn't any more.
    ListenerReport { groups: Vec<Ipv6Addr> },
    /// Something else, or cut.
    Other,
}

/// A message by which a host joins or leaves groups of IPv4: IGMP
/// (RFC 3376 §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Igmp {
    /// The message's type: 0x22 report of version 3.
    pub kind: u8,
    pub groups: Vec<Ipv4Addr>,
}

impl Igmp {
    /// `report`
    pub fn name(&self) -> Option<&'static str> {
        Some(match self.kind {
            0x11 => "query",
            0x12 | 0x16 | 0x22 => "report",
            0x17 => "leave",
            _ => return None,
        })
    }
}

impl fmt::Display for Quote {
    /// `UDP 172.16.10.1:5000 → 172.16.10.2:9`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = protocol_name(self.protocol);
        let (from, to) = (self.source, self.destination);
        match self.ports {
            Some((a, b)) => {
                let from = SocketAddr::new(from, a);
                write!(f, "{name} {from} → {}", SocketAddr::new(to, b))
            }
            None => write!(f, "{name} {from} → {to}"),
        }
    }
}

/// `UDP`, `protocol 47`
pub(crate) fn protocol_name(protocol: u8) -> String {
    match protocol {
        1 => "ICMP".into(),
        2 => "IGMP".into(),
        6 => "TCP".into(),
        17 => "UDP".into(),
        58 => "ICMPv6".into(),
        other => format!("protocol {other}"),
    }
}

/// The start of the packet that an ICMP error is about: its IP header and
/// at least eight bytes more (RFC 792, RFC 1122 §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quote {
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: u8,
    /// Source and destination, if it is TCP or UDP.
    pub ports: Option<(u16, u16)>,
}

impl Quote {
    fn new(packet: &[u8]) -> Option<Quote> {
        let sliced = LaxSlicedPacket::from_ip(packet).ok()?;
        let net = sliced.net?;
        let (source, destination) = match &net {
            LaxNetSlice::Ipv4(ip) => {
                let header = ip.header();
                (
                    header.source_addr().into(),
                    header.destination_addr().into(),
                )
            }
            LaxNetSlice::Ipv6(ip) => {
                let header = ip.header();
                (
                    header.source_addr().into(),
                    header.destination_addr().into(),
                )
            }
            LaxNetSlice::Arp(_) => return None,
        };
        let payload = net.ip_payload_ref()?;
        let protocol = payload.ip_number.0;
        let has_ports =
            matches!(protocol, 6 | 17) && !payload.fragmented;
        let ports = payload.payload.first_chunk::<4>();
        let ports = ports.filter(|_| has_ports).map(|&[a, b, c, d]| {
            (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]))
        });
        Some(Quote { source, destination, protocol, ports })
    }
}

impl<'a> Frame<'a> {
    /// Looks at the bytes, whatever they are.
    pub fn new(bytes: &'a [u8]) -> Frame<'a> {
        let sliced = LaxSlicedPacket::from_ethernet(bytes).ok();
        Frame { bytes, sliced }
    }

    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    pub fn destination(&self) -> Option<Mac> {
        self.bytes.first_chunk().map(|&mac| Mac(mac))
    }

    pub fn source(&self) -> Option<Mac> {
        self.bytes.get(6..)?.first_chunk().map(|&mac| Mac(mac))
    }

    /// What the payload is: 0x0800 IPv4, 0x0806 ARP, 0x86dd IPv6. Up to
    /// 1500 it is the payload's length instead (IEEE 802.3 §3.2.6).
    pub fn ethertype(&self) -> Option<u16> {
        let bytes = self.bytes.get(12..)?.first_chunk();
        bytes.map(|&bytes| u16::from_be_bytes(bytes))
    }

    fn net(&self) -> Option<&LaxNetSlice<'a>> {
        self.sliced.as_ref()?.net.as_ref()
    }

    fn transport(&self) -> Option<&TransportSlice<'a>> {
        self.sliced.as_ref()?.transport.as_ref()
    }

    /// ARP for IPv4 over Ethernet.
    pub fn arp(&self) -> Option<Arp> {
        let LaxNetSlice::Arp(arp) = self.net()? else { return None };
        let mac = |bytes: &[u8]| bytes.try_into().ok().map(Mac);
        let ip = |bytes: &[u8]| {
            <[u8; 4]>::try_from(bytes).ok().map(Ipv4Addr::from)
        };
        Some(Arp {
            operation: match arp.operation().0 {
                1 => ArpOperation::Request,
                2 => ArpOperation::Reply,
                other => ArpOperation::Other(other),
            },
            sender_mac: mac(arp.sender_hw_addr())?,
            sender_ip: ip(arp.sender_protocol_addr())?,
            target_mac: mac(arp.target_hw_addr())?,
            target_ip: ip(arp.target_protocol_addr())?,
        })
    }

    pub fn ipv4(&self) -> Option<Ipv4<'a>> {
        let LaxNetSlice::Ipv4(ip) = self.net()? else { return None };
        let header = ip.header();
        Some(Ipv4 {
            source: header.source_addr(),
            destination: header.destination_addr(),
            ttl: header.ttl(),
            id: header.identification(),
            protocol: ip.payload().ip_number.0,
            dont_fragment: header.dont_fragment(),
            more_fragments: header.more_fragments(),
            fragment_offset: header.fragments_offset().value() * 8,
            total_length: header.total_len(),
            payload: ip.payload().payload,
        })
    }

    pub fn ipv6(&self) -> Option<Ipv6<'a>> {
        let LaxNetSlice::Ipv6(ip) = self.net()? else { return None };
        let header = ip.header();
        Some(Ipv6 {
            source: header.source_addr(),
            destination: header.destination_addr(),
            hop_limit: header.hop_limit(),
            protocol: ip.payload().ip_number.0,
            fragment: ip.payload().fragmented,
            payload: ip.payload().payload,
        })
    }

    /// Where the packet comes from and goes to, in either version of IP.
    pub fn addresses(&self) -> Option<(IpAddr, IpAddr)> {
        if let Some(ip) = self.ipv4() {
            return Some((ip.source.into(), ip.destination.into()));
        }
        let ip = self.ipv6()?;
        Some((ip.source.into(), ip.destination.into()))
    }

    pub fn tcp(&self) -> Option<Tcp<'a>> {
        let TransportSlice::Tcp(tcp) = self.transport()? else {
            return None;
        };
        Some(Tcp {
            source_port: tcp.source_port(),
            destination_port: tcp.destination_port(),
            sequence: tcp.sequence_number(),
            acknowledgment: tcp.acknowledgment_number(),
            flags: Flags {
                syn: tcp.syn(),
                ack: tcp.ack(),
                fin: tcp.fin(),
                rst: tcp.rst(),
                psh: tcp.psh(),
                urg: tcp.urg(),
            },
            window: tcp.window_size(),
            payload: tcp.payload(),
        })
    }

    pub fn udp(&self) -> Option<Udp<'a>> {
        let TransportSlice::Udp(udp) = self.transport()? else {
            return None;
        };
        Some(Udp {
            source_port: udp.source_port(),
            destination_port: udp.destination_port(),
            payload: udp.payload(),
        })
    }

    pub fn icmp(&self) -> Option<Icmp<'a>> {
        let TransportSlice::Icmpv4(icmp) = self.transport()? else {
            return None;
        };
        let (kind, bytes) = (icmp.type_u8(), icmp.slice());
        let payload = bytes.get(8..)?;
        let error = matches!(kind, 3 | 4 | 5 | 11 | 12);
        Some(Icmp {
            kind,
            code: icmp.code_u8(),
            rest: icmp.bytes5to8(),
            payload,
            quote: error.then(|| Quote::new(payload)).flatten(),
        })
    }

    pub fn icmpv6(&self) -> Option<Icmpv6<'a>> {
        let TransportSlice::Icmpv6(icmp) = self.transport()? else {
            return None;
        };
        let (kind, bytes) = (icmp.type_u8(), icmp.slice());
        let payload = bytes.get(4..)?;
        let body =
            icmpv6_body(kind, payload).unwrap_or(Icmpv6Body::Other);
        Some(Icmpv6 { kind, code: icmp.code_u8(), body, payload })
    }

    pub fn igmp(&self) -> Option<Igmp> {
        let ip = self.ipv4()?;
        if ip.protocol != 2 || ip.is_fragment() {
            return None;
        }
        let &[kind, ..] = ip.payload.first_chunk::<8>()?;
        let mut groups = Vec::new();
        if kind == 0x22 {
            // The count, then records: type, length of auxiliary data in
            // words, count of sources, group (RFC 3376 §4.2).
            let mut rest = &ip.payload[8..];
            while let Some(&[_, aux, n, m, a, b, c, d]) =
                rest.first_chunk::<8>()
            {
                groups.push(Ipv4Addr::new(a, b, c, d));
                let sources = usize::from(u16::from_be_bytes([n, m]));
                let next = 8 + 4 * (sources + usize::from(aux));
                rest = rest.get(next..).unwrap_or_default();
            }
        } else {
            let &[.., a, b, c, d] = ip.payload.first_chunk::<8>()?;
            groups.push(Ipv4Addr::new(a, b, c, d));
        }
        Some(Igmp { kind, groups })
    }

    /// What TCP, UDP or any other protocol has to carry: the innermost
    /// payload that a program wrote. A frame of [`EXPERIMENTAL`] type is
    /// written by a program itself.
    pub fn payload(&self) -> Option<&'a [u8]> {
        if let Some(tcp) = self.tcp() {
            return Some(tcp.payload);
        }
        if self.ethertype() == Some(EXPERIMENTAL) {
            return self.bytes.get(14..);
        }
        self.udp().map(|udp| udp.payload)
    }

    /// The header of IPv4 with its options.
    fn ipv4_header(&self) -> Option<&[u8]> {
        let LaxNetSlice::Ipv4(ip) = self.net()? else { return None };
        Some(ip.header().slice())
    }

    /// The protocol and payload of an IP packet, if all of it is here.
    fn whole_segment(&self) -> Option<(u8, &'a [u8])> {
        let payload = self.net()?.ip_payload_ref()?;
        let whole = !payload.incomplete && !payload.fragmented;
        whole.then_some((payload.ip_number.0, payload.payload))
    }
}

fn icmpv6_body(kind: u8, payload: &[u8]) -> Option<Icmpv6Body> {
    let rest = payload.get(4..)?;
    let ip = |bytes: &[u8]| {
        let bytes: &[u8; 16] = bytes.first_chunk()?;
        Some(Ipv6Addr::from(*bytes))
    };
    // Options follow the fixed part: type, length in 8 bytes, value
    // (RFC 4861 §4.6).
    let mac = |wanted: u8, mut options: &[u8]| loop {
        let &[kind, length, ..] = options.first_chunk::<2>()?;
        if length == 0 {
            return None;
        }
        if kind == wanted && length == 1 {
            let mac = options.get(2..)?.first_chunk::<6>()?;
            return Some(Mac(*mac));
        }
        options = options.get(8 * usize::from(length)..)?;
    };
    Some(match kind {
        1..=4 => Icmpv6Body::Error(Quote::new(rest)),
        128 | 129 => {
            let &[a, b, c, d] = payload.first_chunk::<4>()?;
            Icmpv6Body::Echo {
                id: u16::from_be_bytes([a, b]),
                sequence: u16::from_be_bytes([c, d]),
            }
        }
        131 | 132 => {
            Icmpv6Body::ListenerReport { groups: vec![ip(rest)?] }
        }
        143 => {
            // Records: type, length of auxiliary data in words, count of
            // sources, group (RFC 3810 §5.2).
            let mut groups = Vec::new();
            let mut records = rest;
            while let Some(&[_, aux, n, m]) = records.first_chunk::<4>()
            {
                let Some(group) = ip(&records[4..]) else { break };
                groups.push(group);
                let sources = usize::from(u16::from_be_bytes([n, m]));
                let next = 20 + 16 * sources + 4 * usize::from(aux);
                records = records.get(next..).unwrap_or_default();
            }
            Icmpv6Body::ListenerReport { groups }
        }
        133 => Icmpv6Body::RouterSolicitation,
        134 => {
            let &[_, _, a, b] = payload.first_chunk::<4>()?;
            let lifetime = u16::from_be_bytes([a, b]);
            Icmpv6Body::RouterAdvertisement { lifetime }
        }
        135 => Icmpv6Body::NeighborSolicitation {
            target: ip(rest)?,
            source_mac: mac(1, &rest[16..]),
        },
        136 => Icmpv6Body::NeighborAdvertisement {
            target: ip(rest)?,
            target_mac: mac(2, &rest[16..]),
        },
        _ => Icmpv6Body::Other,
    })
}
