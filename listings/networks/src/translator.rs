//! Network address translation: many hosts behind one address (RFC 3022).

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

/// Translates the packets between a private network and one address outside,
/// of TCP and of UDP. Other packets, fragments too, it drops.
#[derive(Debug)]
pub struct Nat {
    address: Ipv4Addr,
    ports: RangeInclusive<u16>,
    table: BTreeMap<(u8, u16), Mapping>,
}

/// A line of the table.
#[derive(Debug, Clone)]
pub struct Mapping {
    /// 6 TCP, 17 UDP.
    pub protocol: u8,
    /// The end inside.
    pub inside: SocketAddrV4,
    /// What stands for it outside.
    pub outside: SocketAddrV4,
    /// To whom it has sent. Nobody else may answer.
    peers: BTreeSet<Ipv4Addr>,
    /// When it last sent.
    used: Instant,
}

/// Why a packet isn't passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dropped {
    /// It is cut, or its header makes no sense.
    Malformed,
    /// Its header's checksum is wrong.
    Checksum,
    /// It may pass no more routers.
    TimeToLive,
    /// It is a part of a packet, and parts have no ports.
    Fragment,
    /// It is neither TCP nor UDP.
    Protocol,
    /// Every port is taken.
    NoPortLeft,
    /// Nobody inside has asked for it.
    Unsolicited,
    /// Nobody is known at its destination.
    Unreachable,
}

impl fmt::Display for Dropped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Dropped::Malformed => "malformed",
            Dropped::Checksum => "wrong checksum",
            Dropped::TimeToLive => "time exceeded",
            Dropped::Fragment => "a fragment",
            Dropped::Protocol => "neither TCP nor UDP",
            Dropped::NoPortLeft => "no port left",
            Dropped::Unsolicited => "nobody inside has asked for it",
            Dropped::Unreachable => "nobody is known there",
        })
    }
}

/// How long a line is kept that nobody uses: RFC 4787 §4.3, REQ-5, for UDP.
pub const KEPT: Duration = Duration::from_secs(300);

impl Nat {
    /// Hides all behind an address, and gives them these ports.
    pub fn new(address: Ipv4Addr, ports: RangeInclusive<u16>) -> Nat {
        Nat { address, ports, table: BTreeMap::new() }
    }

    /// Its table, in the order of protocols and ports.
    pub fn table(&self) -> impl Iterator<Item = &Mapping> {
        self.table.values()
    }
}

// ANCHOR: translate
impl Nat {
    /// Puts the outside address in the place of a packet's source.
    ///
    /// # Errors
    /// When the packet is not to be passed on. It is as it was.
    pub fn outbound(
        &mut self,
        packet: &mut [u8],
        now: Instant,
    ) -> Result<(), Dropped> {
        let found = Found::in_packet(packet)?;
        let mapping = self.mapping(&found, now)?;
        mapping.used = now;
        mapping.peers.insert(*found.destination.ip());
        let outside = mapping.outside;
        found.rewrite(packet, End::Source, outside);
        Ok(())
    }

    /// Puts the host inside in the place of a packet's destination.
    ///
    /// # Errors
    /// When the packet is not to be passed on. It is as it was.
    pub fn inbound(
        &mut self,
        packet: &mut [u8],
        now: Instant,
    ) -> Result<(), Dropped> {
        let found = Found::in_packet(packet)?;
        self.forget(now);
        let key = (found.protocol, found.destination.port());
        let mapping = self.table.get(&key).filter(|mapping| {
            mapping.outside == found.destination
                && mapping.peers.contains(found.source.ip())
        });
        let inside = mapping.ok_or(Dropped::Unsolicited)?.inside;
        found.rewrite(packet, End::Destination, inside);
        Ok(())
    }

    /// The line of a packet's source: the one that it has, or a new one.
    fn mapping(
        &mut self,
        found: &Found,
        now: Instant,
    ) -> Result<&mut Mapping, Dropped> {
        self.forget(now);
        let known = self.table.iter().find(|(_, mapping)| {
            mapping.protocol == found.protocol
                && mapping.inside == found.source
        });
        let key = known.map(|(key, _)| *key).or_else(|| {
            let mut ports = self.ports.clone();
            let free = ports.find(|&port| {
                !self.table.contains_key(&(found.protocol, port))
            });
            free.map(|port| (found.protocol, port))
        });
        let key = key.ok_or(Dropped::NoPortLeft)?;
        Ok(self.table.entry(key).or_insert_with(|| Mapping {
            protocol: found.protocol,
            inside: found.source,
            outside: SocketAddrV4::new(self.address, key.1),
            peers: BTreeSet::new(),
            used: now,
        }))
    }
}
// ANCHOR_END: translate

impl Nat {
    fn forget(&mut self, now: Instant) {
        self.table.retain(|_, mapping| {
            now.saturating_duration_since(mapping.used) < KEPT
        });
    }
}

/// Which end of a packet is rewritten.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Source,
    Destination,
}

/// What a translator has to know of a packet.
#[derive(Debug, Clone, Copy)]
struct Found {
    protocol: u8,
    source: SocketAddrV4,
    destination: SocketAddrV4,
    /// Where the ports are.
    ports: usize,
    /// Where the checksum of TCP or UDP is. A datagram may have none.
    checksum: Option<usize>,
}

/// Places in the header of IPv4: RFC 791 §3.1.
const TTL: usize = 8;
const HEADER_CHECKSUM: usize = 10;
const ADDRESSES: [usize; 2] = [12, 16];

impl Found {
    /// Looks at a packet of IPv4. What follows it, padding of a frame, is
    /// left alone.
    fn in_packet(packet: &[u8]) -> Result<Found, Dropped> {
        let first = packet.first().ok_or(Dropped::Malformed)?;
        let header = usize::from(first & 0x0f) * 4;
        if first >> 4 != 4 || header < 20 || packet.len() < header {
            return Err(Dropped::Malformed);
        }
        // RFC 1812 §5.2.2: before anything else in it is believed.
        if sum(&packet[..header]) != 0xffff {
            return Err(Dropped::Checksum);
        }
        let total = usize::from(word(packet, 2));
        if total < header || packet.len() < total {
            return Err(Dropped::Malformed);
        }
        // More fragments, or not the first.
        if word(packet, 6) & 0x3fff != 0 {
            return Err(Dropped::Fragment);
        }
        let protocol = packet[9];
        let (length, checksum) = match protocol {
            6 => (20, header + 16),
            17 => (8, header + 6),
            _ => return Err(Dropped::Protocol),
        };
        if total - header < length {
            return Err(Dropped::Malformed);
        }
        if packet[TTL] <= 1 {
            return Err(Dropped::TimeToLive);
        }
        let end = |at: usize, port: usize| {
            let [a, b, c, d] = [0, 1, 2, 3].map(|n| packet[at + n]);
            let ip = Ipv4Addr::new(a, b, c, d);
            SocketAddrV4::new(ip, word(packet, port))
        };
        let none = protocol == 17 && word(packet, checksum) == 0;
        Ok(Found {
            protocol,
            source: end(ADDRESSES[0], header),
            destination: end(ADDRESSES[1], header + 2),
            ports: header,
            checksum: (!none).then_some(checksum),
        })
    }
}

// ANCHOR: rewrite
impl Found {
    /// Rewrites one end of the packet in which this was found, and takes one
    /// off its time to live.
    fn rewrite(&self, packet: &mut [u8], end: End, new: SocketAddrV4) {
        let which = usize::from(end == End::Destination);
        let (address, port) =
            (ADDRESSES[which], self.ports + 2 * which);
        let header = Some(HEADER_CHECKSUM);
        let [a, b, c, d] = new.ip().octets();
        for (at, word) in [(0, [a, b]), (2, [c, d])] {
            let word = u16::from_be_bytes(word);
            // The checksums of TCP and UDP cover the addresses, too.
            let sums = [header, self.checksum];
            replace(packet, address + at, word, sums);
        }
        replace(packet, port, new.port(), [None, self.checksum]);
        let ttl = word(packet, TTL) - 0x0100;
        replace(packet, TTL, ttl, [header, None]);
        // 0 would say that the datagram has none: RFC 768.
        if let (17, Some(at)) = (self.protocol, self.checksum) {
            if word(packet, at) == 0 {
                put(packet, at, 0xffff);
            }
        }
    }
}

/// Writes a word, and corrects the checksums that cover it.
fn replace(
    packet: &mut [u8],
    at: usize,
    new: u16,
    checksums: [Option<usize>; 2],
) {
    let old = word(packet, at);
    for place in checksums.into_iter().flatten() {
        let checksum = update(word(packet, place), old, new);
        put(packet, place, checksum);
    }
    put(packet, at, new);
}

/// A checksum, after one of the words that it covers has changed: RFC 1624
/// §3, equation 3.
pub fn update(checksum: u16, old: u16, new: u16) -> u16 {
    !add(add(!checksum, !old), new)
}

/// Ones' complement: what is carried out at the top comes in at the bottom.
fn add(a: u16, b: u16) -> u16 {
    let (sum, carry) = a.overflowing_add(b);
    sum + u16::from(carry)
}
// ANCHOR_END: rewrite

/// Of all the words, whose number is even.
fn sum(bytes: &[u8]) -> u16 {
    (0..bytes.len()).step_by(2).fold(0, |s, at| add(s, word(bytes, at)))
}

fn word(bytes: &[u8], at: usize) -> u16 {
    u16::from_be_bytes([bytes[at], bytes[at + 1]])
}

fn put(bytes: &mut [u8], at: usize, word: u16) {
    bytes[at..at + 2].copy_from_slice(&word.to_be_bytes());
}
