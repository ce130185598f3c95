//! Frames and traces made by hand: what the tests know in advance.
#![allow(dead_code)] // each test uses its part

pub mod vectors;

use etherparse::PacketBuilder;
use std::time::Duration;
use wirelab::trace::{
    Arrived, Cast, Event, Interface, Sent, Station, What,
};
use wirelab::{Mac, TcpState, Trace};

pub const CLIENT: usize = 0;
pub const SWITCH: usize = 1;
pub const SERVER: usize = 2;
pub const ROUTER: usize = 3;

pub const CLIENT_IP: [u8; 4] = [172, 16, 10, 1];
pub const SERVER_IP: [u8; 4] = [172, 16, 10, 2];
pub const CLIENT_MAC: [u8; 6] = Mac::local(1).0;
pub const SERVER_MAC: [u8; 6] = Mac::local(2).0;

pub fn station(name: &str, interfaces: &[(&str, u8, &str)]) -> Station {
    let interfaces = interfaces.iter().map(|&(name, mac, address)| {
        let addresses = address.split_whitespace().map(str::to_owned);
        Interface {
            name: name.into(),
            mac: Mac::local(mac.into()),
            addresses: addresses.collect(),
        }
    });
    Station { name: name.into(), interfaces: interfaces.collect() }
}

pub fn stations() -> Vec<Station> {
    vec![
        station("client", &[("eth0", 1, "172.16.10.1/24 fe80::1/64")]),
        station("switch", &[]),
        station("server", &[("eth0", 2, "172.16.10.2/24")]),
        station(
            "router",
            &[("eth0", 3, "172.16.10.3/24"), ("eth1", 4, "")],
        ),
    ]
}

/// A segment, as its sender and its flags have it.
#[derive(Clone, Copy)]
pub struct Segment<'a> {
    pub from_client: bool,
    pub port: u16,
    pub seq: u32,
    pub ack: Option<u32>,
    /// Of `S`, `F`, `R`, `P`.
    pub flags: &'a str,
    pub ttl: u8,
    pub payload: &'a [u8],
}

impl Segment<'_> {
    pub fn bytes(self) -> Vec<u8> {
        let (mac, ip, ports) = match self.from_client {
            true => (
                (CLIENT_MAC, SERVER_MAC),
                (CLIENT_IP, SERVER_IP),
                (self.port, 7000),
            ),
            false => (
                (SERVER_MAC, CLIENT_MAC),
                (SERVER_IP, CLIENT_IP),
                (7000, self.port),
            ),
        };
        let mut tcp = PacketBuilder::ethernet2(mac.0, mac.1)
            .ipv4(ip.0, ip.1, self.ttl)
            .tcp(ports.0, ports.1, self.seq, 64240);
        if let Some(ack) = self.ack {
            tcp = tcp.ack(ack);
        }
        for flag in self.flags.chars() {
            tcp = match flag {
                'S' => tcp.syn(),
                'F' => tcp.fin(),
                'R' => tcp.rst(),
                'P' => tcp.psh(),
                other => panic!("no flag {other}"),
            };
        }
        let mut bytes = Vec::new();
        tcp.write(&mut bytes, self.payload).unwrap();
        bytes
    }
}

pub fn tcp(
    from_client: bool,
    flags: &str,
    seq: u32,
    ack: Option<u32>,
    payload: &[u8],
) -> Vec<u8> {
    let (port, ttl) = (40001, 64);
    Segment { from_client, port, seq, ack, flags, ttl, payload }.bytes()
}

/// From the client to the server.
pub fn udp(from: u16, to: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2(CLIENT_MAC, SERVER_MAC)
        .ipv4(CLIENT_IP, SERVER_IP, 64)
        .udp(from, to)
        .write(&mut bytes, payload)
        .unwrap();
    bytes
}

/// The server says with ICMP what it thinks of a frame.
pub fn icmp(kind: u8, code: u8, about: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    PacketBuilder::ethernet2(SERVER_MAC, CLIENT_MAC)
        .ipv4(SERVER_IP, CLIENT_IP, 64)
        .icmpv4_raw(kind, code, [0; 4])
        .write(&mut bytes, &about[14..])
        .unwrap();
    bytes
}

pub fn arp(request: bool, padded: bool) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (from, to) = match request {
        true => (CLIENT_MAC, [0xff; 6]),
        false => (SERVER_MAC, CLIENT_MAC),
    };
    bytes.extend(to);
    bytes.extend(from);
    bytes.extend([
        8,
        6,
        0,
        1,
        8,
        0,
        6,
        4,
        0,
        if request { 1 } else { 2 },
    ]);
    match request {
        true => {
            bytes.extend(CLIENT_MAC);
            bytes.extend(CLIENT_IP);
            bytes.extend([0; 6]);
            bytes.extend(SERVER_IP);
        }
        false => {
            bytes.extend(SERVER_MAC);
            bytes.extend(SERVER_IP);
            bytes.extend(CLIENT_MAC);
            bytes.extend(CLIENT_IP);
        }
    }
    if padded {
        bytes.resize(60, 0);
    }
    bytes
}

/// Events one after the other, so many nanoseconds apart.
pub struct Story {
    pub trace: Trace,
    pub now: u64,
    pub step: u64,
}

impl Story {
    pub fn new() -> Story {
        let trace = Trace {
            command: "cargo run -q -p tcp --bin half_close".into(),
            hosts: stations(),
            events: Vec::new(),
        };
        Story { trace, now: 1_790_000_000_123_456_789, step: 85_000 }
    }

    pub fn event(&mut self, what: What) -> &mut Story {
        self.now += self.step;
        let at = Duration::from_nanos(self.now);
        self.trace.events.push(Event { at, what });
        self
    }

    pub fn sent(&mut self, host: usize, bytes: &[u8]) -> &mut Story {
        let bytes = bytes.to_vec();
        self.event(What::Sent(Sent { host, interface: 0, bytes }))
    }

    pub fn arrived(&mut self, frame: usize, host: usize) -> &mut Story {
        self.came(frame, host, Cast::Unicast, None)
    }

    pub fn came(
        &mut self,
        frame: usize,
        host: usize,
        cast: Cast,
        changed: Option<Vec<u8>>,
    ) -> &mut Story {
        let interface = 0;
        self.event(What::Arrived(Arrived {
            frame,
            host,
            interface,
            cast,
            changed,
        }))
    }

    pub fn scene(&mut self, title: &str) -> &mut Story {
        self.event(What::Scene(title.into()))
    }

    pub fn remark(&mut self, host: usize, text: &str) -> &mut Story {
        self.event(What::Remark { host, text: text.into() })
    }

    pub fn state(
        &mut self,
        host: usize,
        state: TcpState,
    ) -> &mut Story {
        self.event(What::State { host, state })
    }
}

/// Everything that a trace can say.
pub fn everything() -> Trace {
    let mut story = Story::new();
    story
        .remark(CLIENT, "connect")
        .scene("one: who is there?")
        .sent(CLIENT, &arp(true, false))
        .came(0, SERVER, Cast::Broadcast, None)
        .came(0, ROUTER, Cast::Broadcast, None)
        .sent(SERVER, &arp(false, true))
        .arrived(1, CLIENT)
        .came(1, ROUTER, Cast::Other, None)
        .state(CLIENT, TcpState::SynSent)
        .scene("two")
        .state(SERVER, TcpState::Listen)
        .came(0, SERVER, Cast::Multicast, None)
        .sent(CLIENT, &tcp(true, "S", 1000, None, b""))
        .remark(SWITCH, "the cable is out (5 ns later)")
        .remark(SERVER, "before: is it, after 85 µs? — “ja”");
    let question = tcp(true, "P", 1001, Some(1), b"question");
    let mut one = question.clone();
    one[54] ^= 0x20;
    let mut two = one.clone();
    two[55] ^= 0x20;
    let mut many = question.clone();
    many[20..].fill(0xee);
    let short = question[..60].to_vec();
    story.sent(CLIENT, &question);
    story.came(3, SERVER, Cast::Unicast, Some(one));
    story.came(3, SERVER, Cast::Other, Some(two));
    story.came(3, SERVER, Cast::Unicast, Some(many));
    story.came(3, SERVER, Cast::Unicast, Some(short));
    story.came(3, SERVER, Cast::Unicast, Some(Vec::new()));
    story.event(What::Arrived(Arrived {
        frame: 2,
        host: ROUTER,
        interface: 1,
        cast: Cast::Other,
        changed: None,
    }));
    for step in
        [0, 1, 999, 1_000, 1_234_567, 1_000_000_000, 3_600_000_000_123]
    {
        story.step = step;
        story.remark(CLIENT, "tick").scene("of the clock");
        story.arrived(3, SERVER);
    }
    // A frame stamped later than its arrival, and a remark before both.
    story.sent(SERVER, &udp(5000, 9, b"late"));
    story.now -= 2_500;
    story.step = 0;
    story.arrived(4, CLIENT).remark(CLIENT, "").scene("");
    story.came(4, CLIENT, Cast::Broadcast, None);
    story.trace
}

/// Numbers that look random and are the same in each run (xorshift).
pub struct Numbers(pub u64);

impl Numbers {
    pub fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    /// The bytes with some of them changed, cut out or put in.
    pub fn mutate(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut bytes = bytes.to_vec();
        for _ in 0..=self.below(4) {
            let at = self.below(bytes.len().max(1));
            match self.below(8) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at.min(bytes.len()), 0),
                2 if !bytes.is_empty() => drop(bytes.remove(at)),
                3 if !bytes.is_empty() => bytes[at] = 0xff,
                4 if !bytes.is_empty() => bytes[at] = 0,
                _ if !bytes.is_empty() => {
                    bytes[at] ^= 1 << self.below(8);
                }
                _ => {}
            }
        }
        bytes
    }
}
