//! Traces as labs record them, made by hand.

use super::Fixture;
use etherparse::PacketBuilder;
use std::fs;
use std::time::Duration;
use wirelab::trace::{
    Arrived, Cast, Event, Interface, Sent, Station, Trace, What,
};
use wirelab::{Mac, TcpState};

/// The page on which fixtures show their traces.
pub const PAGE: &str = "src/en/tcp/echo.md";

/// A trace that grows, a tenth of a millisecond with each event.
pub struct Recorder(pub Trace, Duration);

/// What a TCP segment says besides its addresses.
pub struct Segment<'a> {
    pub flags: &'a str,
    pub seq: u32,
    pub ack: u32,
    pub payload: &'a str,
}

impl Recorder {
    /// Hosts by their names, each with so many interfaces. Those of the
    /// `n`th host have the addresses `172.16.10.n`, `172.16.11.n`, …
    pub fn new(hosts: &[(&str, u8)]) -> Recorder {
        let station = |(n, (name, count)): (usize, &(&str, u8))| {
            let n = n as u8 + 1;
            let interface = |i: u8| Interface {
                name: format!("eth{i}"),
                mac: mac(n, i),
                addresses: vec![format!("172.16.{}.{n}/24", 10 + i)],
            };
            Station {
                name: (*name).to_owned(),
                interfaces: (0..*count).map(interface).collect(),
            }
        };
        let trace = Trace {
            command: "cargo run -q -p tcp --bin wire".into(),
            hosts: hosts.iter().enumerate().map(station).collect(),
            events: vec![],
        };
        Recorder(trace, Duration::ZERO)
    }

    fn add(&mut self, what: What) {
        // 2026, and something.
        let start = Duration::new(1_800_000_000, 0);
        let last = self.0.events.last().map_or(start, |e| e.at);
        let at = last + Duration::from_micros(100) + self.1;
        self.1 = Duration::ZERO;
        self.0.events.push(Event { at, what });
    }

    /// Nothing happens for so many milliseconds before the next event.
    pub fn wait(&mut self, milliseconds: u64) {
        self.1 = Duration::from_millis(milliseconds);
    }

    pub fn scene(&mut self, name: &str) {
        self.add(What::Scene(name.into()));
    }

    pub fn state(&mut self, host: usize, state: TcpState) {
        self.add(What::State { host, state });
    }

    pub fn remark(&mut self, host: usize, text: &str) {
        self.add(What::Remark { host, text: text.into() });
    }

    /// A frame leaves. Its number.
    pub fn send(
        &mut self,
        host: usize,
        interface: usize,
        bytes: Vec<u8>,
    ) -> usize {
        let number = self.0.sent().count();
        self.add(What::Sent(Sent { host, interface, bytes }));
        number
    }

    pub fn arrive(&mut self, frame: usize, host: usize, cast: Cast) {
        self.add(What::Arrived(Arrived {
            frame,
            host,
            interface: 0,
            cast,
            changed: None,
        }));
    }

    /// It arrives with its last byte changed.
    pub fn arrive_changed(&mut self, frame: usize, host: usize) {
        let mut bytes =
            self.0.sent().nth(frame).unwrap().1.bytes.clone();
        *bytes.last_mut().unwrap() ^= 1;
        self.add(What::Arrived(Arrived {
            frame,
            host,
            interface: 0,
            cast: Cast::Unicast,
            changed: Some(bytes),
        }));
    }

    /// A segment from one host to another one. Its number.
    pub fn segment(
        &mut self,
        from: usize,
        to: usize,
        segment: &Segment,
    ) -> usize {
        self.send(from, 0, tcp(from, to, segment))
    }

    /// The same, and it arrives.
    pub fn tcp(
        &mut self,
        (from, to): (usize, usize),
        flags: &str,
        seq: u32,
        ack: u32,
        payload: &str,
    ) {
        let segment = Segment { flags, seq, ack, payload };
        let number = self.segment(from, to, &segment);
        self.arrive(number, to, Cast::Unicast);
    }
}

fn mac(host: u8, interface: u8) -> Mac {
    Mac([2, 0, 0, 0, interface, host])
}

fn tcp(from: usize, to: usize, segment: &Segment) -> Vec<u8> {
    let (a, b) = (from as u8 + 1, to as u8 + 1);
    let port = |host: usize| if host == 0 { 50_000 } else { 7000 };
    // Each direction begins somewhere.
    let first = |host: usize| 1_000_000 * (host as u32 + 1);
    let mut builder =
        PacketBuilder::ethernet2(mac(a, 0).0, mac(b, 0).0)
            .ipv4([172, 16, 10, a], [172, 16, 10, b], 64)
            .tcp(
                port(from),
                port(to),
                first(from) + segment.seq,
                64_240,
            );
    for flag in segment.flags.split(' ') {
        builder = match flag {
            "SYN" => builder.syn(),
            "FIN" => builder.fin(),
            "PSH" => builder.psh(),
            "RST" => builder.rst(),
            _ => builder.ack(first(to) + segment.ack),
        };
    }
    let mut bytes = vec![];
    builder.write(&mut bytes, segment.payload.as_bytes()).unwrap();
    bytes
}

/// From `10.0.0.1` to port 9 of the other address.
pub fn udp(
    from: Mac,
    to: Mac,
    address: [u8; 4],
    text: &str,
) -> Vec<u8> {
    let mut bytes = vec![];
    PacketBuilder::ethernet2(from.0, to.0)
        .ipv4([172, 16, 10, 1], address, 64)
        .udp(5000, 9)
        .write(&mut bytes, text.as_bytes())
        .unwrap();
    bytes
}

/// `operation` 1 asks who has an address, 2 answers.
pub fn arp(operation: u8, from: u8, to: u8) -> Vec<u8> {
    let (own, other) = (mac(from, 0).0, mac(to, 0).0);
    let ask = operation == 1;
    let mut bytes = vec![];
    bytes.extend(if ask { [0xff; 6] } else { other });
    bytes.extend(own);
    bytes.extend([8, 6, 0, 1, 8, 0, 6, 4, 0, operation]);
    bytes.extend(own);
    bytes.extend([172, 16, 10, from]);
    bytes.extend(if ask { [0; 6] } else { other });
    bytes.extend([172, 16, 10, to]);
    bytes
}

/// Half-close, from the handshake to the end.
pub fn half_close() -> Trace {
    use TcpState::*;
    let mut wire = Recorder::new(&[("client", 1), ("server", 1)]);
    let (up, down) = ((0, 1), (1, 0));
    wire.state(1, Listen);
    wire.remark(0, "connect");
    wire.state(0, SynSent);
    wire.tcp(up, "SYN", 0, 0, "");
    wire.state(1, SynReceived);
    wire.tcp(down, "SYN ACK", 0, 1, "");
    wire.state(0, Established);
    wire.tcp(up, "ACK", 1, 1, "");
    wire.state(1, Established);
    wire.remark(0, "write \"question\"");
    wire.tcp(up, "PSH ACK", 1, 1, "question");
    wire.tcp(down, "ACK", 1, 9, "");
    wire.remark(0, "shutdown(Write)");
    // The kernel tells of it when the frame has left, or when it is there.
    let segment =
        Segment { flags: "FIN ACK", seq: 9, ack: 1, payload: "" };
    let fin = wire.segment(0, 1, &segment);
    wire.state(0, FinWait1);
    wire.arrive(fin, 1, Cast::Unicast);
    wire.state(1, CloseWait);
    wire.tcp(down, "ACK", 1, 10, "");
    wire.state(0, FinWait2);
    wire.remark(1, "read → 0 (end of file)");
    wire.remark(1, "write \"late answer\"");
    wire.tcp(down, "PSH ACK", 1, 10, "late answer");
    wire.tcp(up, "ACK", 10, 12, "");
    wire.remark(0, "read → \"late answer\"");
    wire.remark(1, "drop");
    wire.state(1, LastAck);
    wire.tcp(down, "FIN ACK", 12, 10, "");
    wire.state(0, TimeWait);
    wire.tcp(up, "ACK", 10, 13, "");
    wire.state(1, Closed);
    wire.0
}

/// Three hosts at a switch: one asks all, one answers, and a frame comes to
/// a host that it isn't for.
pub fn switch() -> Trace {
    let mut wire =
        Recorder::new(&[("a", 1), ("switch", 0), ("b", 1), ("c", 1)]);
    // Of those at the switch, only the last byte differs.
    let (a, b, c) = (0, 2, 3);
    wire.remark(a, "ping 172.16.10.3");
    let ask = wire.send(a, 0, arp(1, 1, 3));
    wire.arrive(ask, b, Cast::Broadcast);
    wire.arrive(ask, c, Cast::Broadcast);
    wire.remark(1, "learns that a is at port 1");
    let answer = wire.send(b, 0, arp(2, 3, 1));
    wire.arrive(answer, a, Cast::Unicast);
    let text = udp(mac(1, 0), mac(3, 0), [172, 16, 10, 3], "ping?");
    let flood = wire.send(a, 0, text);
    wire.arrive(flood, b, Cast::Unicast);
    wire.arrive(flood, c, Cast::Other);
    wire.0
}

/// Two networks, and two routers between them.
pub fn router() -> Trace {
    let mut wire = Recorder::new(&[
        ("client", 1),
        ("r1", 2),
        ("r2", 2),
        ("server", 1),
    ]);
    wire.remark(
        0,
        "send_to 172.16.12.4:9, which is not in this network",
    );
    let address = [172, 16, 12, 4];
    for hop in 0..3u8 {
        let from = mac(hop + 1, if hop == 0 { 0 } else { 1 });
        let mut bytes = udp(from, mac(hop + 2, 0), address, "hello");
        bytes[22] -= hop;
        let interface = if hop == 0 { 0 } else { 1 };
        let number = wire.send(hop.into(), interface, bytes);
        wire.arrive(number, usize::from(hop) + 1, Cast::Unicast);
    }
    wire.remark(3, "recv → \"hello\"");
    wire.0
}

/// All that can happen to a frame on its way.
pub fn troubles() -> Trace {
    let mut wire = Recorder::new(&[("sender", 1), ("receiver", 1)]);
    wire.state(0, TcpState::Established);
    wire.state(1, TcpState::Established);
    let part = |n: u32, payload| Segment {
        flags: "PSH ACK",
        seq: 1 + 3 * n,
        ack: 1,
        payload,
    };
    wire.remark(0, "write \"one\"");
    wire.segment(0, 1, &part(0, "one"));
    wire.wait(200);
    let again = wire.segment(0, 1, &part(0, "one"));
    wire.arrive(again, 1, Cast::Unicast);
    wire.arrive(again, 1, Cast::Unicast);
    wire.tcp((1, 0), "ACK", 1, 4, "");
    let late = wire.segment(0, 1, &part(1, "two"));
    wire.tcp((0, 1), "PSH ACK", 7, 1, "six");
    wire.tcp((1, 0), "ACK", 1, 4, "");
    wire.arrive(late, 1, Cast::Unicast);
    wire.tcp((1, 0), "ACK", 1, 10, "");
    let changed = wire.segment(0, 1, &part(3, "ten"));
    wire.arrive_changed(changed, 1);
    wire.remark(1, "checksum is wrong: nobody hears of it");
    // Both at once.
    let segment =
        |seq| Segment { flags: "FIN ACK", seq, ack: 10, payload: "" };
    let down = wire.segment(1, 0, &segment(1));
    let up = wire.segment(0, 1, &segment(10));
    wire.arrive(down, 0, Cast::Unicast);
    wire.arrive(up, 1, Cast::Unicast);
    wire.state(0, TcpState::Closing);
    wire.state(1, TcpState::Closing);
    wire.0
}

/// Two scenes, and something before them.
pub fn scenes() -> Trace {
    let mut wire = Recorder::new(&[("client", 1), ("server", 1)]);
    wire.tcp((0, 1), "SYN", 0, 0, "");
    wire.tcp((1, 0), "SYN ACK", 0, 1, "");
    wire.tcp((0, 1), "ACK", 1, 1, "");
    wire.state(0, TcpState::Established);
    wire.scene("four");
    wire.tcp((0, 1), "FIN ACK", 1, 1, "");
    wire.tcp((1, 0), "ACK", 1, 2, "");
    wire.scene("three");
    wire.tcp((0, 1), "RST", 2, 0, "");
    wire.0
}

impl Fixture {
    /// Adds a lab, with a test, and what it records.
    pub fn lab(&self, name: &str, trace: &Trace) {
        let program = format!("listings/tcp/src/bin/{name}.rs");
        self.write(&program, "use wirelab as _;\n\nfn main() {}\n");
        self.write(&format!("listings/tcp/tests/{name}.rs"), "");
        self.record(name, trace);
        self.append(
            PAGE,
            &format!(
                "\n```rust\n{{{{#rustdoc_include ../../../{program}}}}}\n```\n"
            ),
        );
    }

    /// Puts what a lab has recorded where it belongs.
    pub fn record(&self, name: &str, trace: &Trace) {
        let file =
            self.path(&format!("listings/tcp/traces/{name}.pcapng"));
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        trace.save(file).unwrap();
    }

    /// Shows a trace at the end of the page.
    pub fn show(&self, name: &str, title: &str) {
        let line = format!("\n{{{{#trace tcp/{name} {title}}}}}\n");
        self.append(PAGE, &line);
    }
}
