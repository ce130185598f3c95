//! Traces in words: summaries, and the text that two runs share.

mod made;

use made::*;
use wirelab::summary::{Fate, Summary};
use wirelab::trace::{Cast, What};
use wirelab::{TcpState, Trace};

/// A handshake, a question, its repetition, and a close.
struct Run {
    client: u32,
    server: u32,
    port: u16,
    step: u64,
    question: &'static [u8],
    close: &'static str,
}

const RUN: Run = Run {
    client: 0xffff_fffe,
    server: 77,
    port: 40001,
    step: 85_000,
    question: b"question",
    close: "F",
};

impl Run {
    fn trace(&self) -> Trace {
        let mut story = Story::new();
        story.step = self.step;
        let (c, s) = (self.client, self.server);
        let port = self.port;
        let segment = |from_client, flags, seq, ack, payload| {
            let ttl = 64;
            Segment { from_client, port, seq, ack, flags, ttl, payload }
                .bytes()
        };
        let syn = segment(true, "S", c, None, b"");
        let syn_ack =
            segment(false, "S", s, Some(c.wrapping_add(1)), b"");
        let c = c.wrapping_add(1);
        let s = s.wrapping_add(1);
        let ack = segment(true, "", c, Some(s), b"");
        let data = segment(true, "P", c, Some(s), self.question);
        let end = c.wrapping_add(self.question.len() as u32);
        let fin = segment(true, self.close, end, Some(s), b"");
        story
            .scene("one")
            .sent(CLIENT, &syn)
            .arrived(0, SERVER)
            .came(0, ROUTER, Cast::Other, None)
            .sent(SERVER, &syn_ack)
            .arrived(1, CLIENT)
            .sent(CLIENT, &ack)
            .arrived(2, SERVER)
            .state(SERVER, TcpState::Established)
            .remark(SERVER, &format!("accepts 172.16.10.1:{port}"))
            .sent(CLIENT, &data)
            .sent(CLIENT, &data)
            .arrived(4, SERVER)
            .sent(CLIENT, &fin)
            .arrived(5, SERVER);
        story.trace
    }
}

fn words(summary: &Summary) -> (&str, &str) {
    (&summary.headline, &summary.detail)
}

#[test]
fn a_connection_counts_from_zero() {
    let summaries = RUN.trace().summaries();
    let all: Vec<_> = summaries.iter().map(words).collect();
    let expected = [
        ("SYN", "seq 0"),
        ("SYN ACK", "seq 0 ack 1"),
        ("ACK", "seq 1 ack 1"),
        ("PSH ACK", "seq 1 ack 1"),
        ("PSH ACK", "seq 1 ack 1 again"),
        ("FIN ACK", "seq 9 ack 1"),
    ];
    assert_eq!(all, expected);
    assert_eq!(summaries[0].to, [SERVER, ROUTER]);
    assert_eq!(summaries[0].payload, None);
    let payload = summaries[3].payload.as_deref();
    assert_eq!(payload, Some("“question” · 8 bytes"));
    assert!(summaries[3].lost && !summaries[4].lost);
    assert_eq!(summaries[3].to, [SERVER]); // whom it was for
    assert_eq!(summaries[3].fate, Fate::Lost);
}

#[test]
fn without_a_handshake_the_first_number_seen_counts() {
    let mut story = Story::new();
    story
        .sent(CLIENT, &tcp(true, "P", 500, Some(900), b"ab"))
        .sent(SERVER, &tcp(false, "P", 900, Some(502), b"c"))
        .sent(CLIENT, &tcp(true, "", 502, Some(901), b""));
    let summaries = story.trace.summaries();
    let all: Vec<_> = summaries.iter().map(words).collect();
    let expected = [
        ("PSH ACK", "seq 0 ack 0"),
        ("PSH ACK", "seq 0 ack 2"),
        ("ACK", "seq 2 ack 1"),
    ];
    assert_eq!(all, expected);
}

#[test]
fn the_same_ports_serve_two_connections() {
    let mut story = Story::new();
    for (client, server) in [(10, 20), (5_000, 7)] {
        story
            .sent(CLIENT, &tcp(true, "S", client, None, b""))
            .sent(
                SERVER,
                &tcp(false, "S", server, Some(client + 1), b""),
            )
            .sent(
                CLIENT,
                &tcp(true, "", client + 1, Some(server + 1), b""),
            );
    }
    // And the last SYN goes out again.
    story.sent(CLIENT, &tcp(true, "S", 5_000, None, b""));
    let summaries = story.trace.summaries();
    let all: Vec<_> = summaries.iter().map(words).collect();
    let one = [
        ("SYN", "seq 0"),
        ("SYN ACK", "seq 0 ack 1"),
        ("ACK", "seq 1 ack 1"),
    ];
    let again = [("SYN", "seq 0 again")];
    assert_eq!(all, [&one[..], &one, &again].concat());
}

#[test]
fn a_routers_copy_is_no_retransmission() {
    let copy = |ttl| Segment {
        from_client: true,
        port: 40001,
        seq: 9,
        ack: None,
        flags: "S",
        ttl,
        payload: b"",
    };
    let mut story = Story::new();
    story.sent(CLIENT, &copy(64).bytes());
    story.sent(ROUTER, &copy(63).bytes());
    let summaries = story.trace.summaries();
    assert_eq!(summaries[0].detail, "seq 0");
    assert_eq!(summaries[1].detail, "seq 0 ttl 63");
}

#[test]
fn other_protocols() {
    let datagram = udp(5000, 7, b"\x00\x01");
    let vector = |hex| vectors::bytes(hex);
    for (frame, headline, detail) in [
        (
            arp(true, false),
            "ARP request",
            "who has 172.16.10.2? tell 172.16.10.1",
        ),
        (
            arp(false, true),
            "ARP reply",
            "172.16.10.2 is at 02:00:00:00:00:02",
        ),
        (datagram.clone(), "UDP", "5000 → 7"),
        (
            icmp(3, 3, &datagram),
            "ICMP port unreachable",
            "about UDP 5000 → 7",
        ),
        (
            icmp(11, 0, &datagram),
            "ICMP time exceeded",
            "about UDP 5000 → 7",
        ),
        (
            icmp(11, 0, &icmp(8, 0, &[0; 20])),
            "ICMP time exceeded",
            "about ICMP 172.16.10.2 → 172.16.10.1",
        ),
        (
            vector(vectors::NS),
            "ICMPv6 neighbor solicitation",
            "who has fe80::2?",
        ),
        (
            vector(vectors::NA),
            "ICMPv6 neighbor advertisement",
            "fe80::2 is at 02:00:00:00:00:02",
        ),
        (
            vector(vectors::MLD),
            "ICMPv6 multicast listener report",
            "ff02::1:ff00:2",
        ),
        (vector(vectors::IGMP), "IGMP report", "239.1.2.3"),
        (vec![1, 2, 3], "cut frame", "3 bytes"),
        (vec![], "cut frame", "0 bytes"),
    ] {
        let mut story = Story::new();
        story.sent(CLIENT, &frame);
        let summaries = story.trace.summaries();
        assert_eq!(words(&summaries[0]), (headline, detail));
    }
}

#[test]
fn payloads() {
    let payload = |bytes: &[u8]| {
        let mut story = Story::new();
        story.sent(CLIENT, &udp(5000, 7, bytes));
        story.trace.summaries()[0].payload.clone()
    };
    let is = |bytes: &[u8], expected: Option<&str>| {
        assert_eq!(payload(bytes).as_deref(), expected);
    };
    is(b"", None);
    is(b"a", Some("“a” · 1 byte"));
    is("连接\r\n".as_bytes(), Some("“连接\\r\\n” · 8 bytes"));
    is(
        &[b'x'; 33],
        Some(&*format!("“{}…” · 33 bytes", "x".repeat(31))),
    );
    is(&[0, 255], Some("00 ff · 2 bytes"));
    is(&[0xfe; 9], Some("fe fe fe fe fe fe fe fe … · 9 bytes"));
}

#[test]
fn fates() {
    let frame = |text: &[u8]| udp(5000, 7, text);
    let mut story = Story::new();
    for text in [b"0", b"1", b"2", b"3", b"4", b"5"] {
        story.sent(CLIENT, &frame(text));
    }
    story
        .arrived(1, SERVER)
        .arrived(0, SERVER)
        .arrived(2, SERVER)
        .arrived(2, SERVER)
        .came(3, SERVER, Cast::Unicast, Some(frame(b"X")))
        .came(5, ROUTER, Cast::Other, None);
    let summaries = story.trace.summaries();
    let fates: Vec<_> = summaries.iter().map(|s| s.fate).collect();
    let expected = [
        Fate::Late,
        Fate::Delivered,
        Fate::Duplicated,
        Fate::Changed,
        Fate::Lost,
        Fate::Lost, // only a bystander has it
    ];
    assert_eq!(fates, expected);
    assert_eq!(summaries[5].to, [SERVER]);
    // A broadcast that nobody heard is for nobody in particular.
    let mut story = Story::new();
    story.sent(CLIENT, &arp(true, false));
    let summary = &story.trace.summaries()[0];
    assert!(summary.lost && summary.to.is_empty());
}

#[test]
fn two_runs_of_one_lab_read_the_same() {
    let trace = RUN.trace();
    let text = trace.normalised();
    let other =
        Run { client: 1, server: 9, port: 51234, step: 170_001, ..RUN };
    assert_eq!(other.trace().normalised(), text);
    // IP's identification and TCP's window, and the sums over them.
    let mut same = trace.clone();
    for event in &mut same.events {
        if let What::Sent(sent) = &mut event.what {
            for at in [18, 24, 48, 50] {
                sent.bytes[at] ^= 0x55;
            }
        }
    }
    assert_eq!(same.normalised(), text);
    // Two that arrive at once may be told in either order.
    let mut same = trace.clone();
    same.events.swap(2, 3);
    assert_eq!(same.normalised(), text);
    let expected = "\
scene: one
frame 1 left client: 02:00:00:00:00:01 → 02:00:00:00:00:02, \
172.16.10.1:port1 → 172.16.10.2:7000, ttl 64, SYN, seq 0, 0 bytes
frame 1 arrived at server
frame 1 arrived at router eth0, not addressed to it
frame 2 left server: 02:00:00:00:00:02 → 02:00:00:00:00:01, \
172.16.10.2:7000 → 172.16.10.1:port1, ttl 64, SYN ACK, seq 0 ack 1, 0 bytes
";
    assert!(text.starts_with(expected), "{text}");
    assert!(
        text.contains("server: accepts 172.16.10.1:port1\n"),
        "{text}"
    );
    assert!(text.contains("server is ESTABLISHED\n"), "{text}");
}

#[test]
fn two_labs_do_not() {
    let text = RUN.trace().normalised();
    let differs = |what: &str, trace: Trace| {
        assert_ne!(trace.normalised(), text, "{what}");
    };
    differs("a flag", Run { close: "R", ..RUN }.trace());
    differs("a byte", Run { question: b"questiom", ..RUN }.trace());
    differs("a low port", Run { port: 4001, ..RUN }.trace());
    let with = |what: &str, change: &dyn Fn(&mut Trace)| {
        let mut trace = RUN.trace();
        change(&mut trace);
        differs(what, trace);
    };
    with("an arrival less", &|t| drop(t.events.pop()));
    with("an order", &|t| t.events.swap(7, 8));
    with("a scene", &|t| t.events[0].what = What::Scene("two".into()));
    let sent = |t: &mut Trace, at: usize| {
        let What::Sent(sent) = &mut t.events[1].what else { panic!() };
        sent.bytes[at] ^= 1;
    };
    with("a MAC address", &|t| sent(t, 11));
    with("an IP address", &|t| sent(t, 29));
    with("a TTL", &|t| sent(t, 22));
    let arrived = |t: &mut Trace, byte: Option<usize>| {
        let sent = t.sent().next().unwrap().1.bytes.clone();
        let What::Arrived(arrived) = &mut t.events[2].what else {
            panic!()
        };
        let mut changed = sent;
        match byte {
            Some(at) => changed[at] ^= 1,
            None => arrived.cast = Cast::Multicast,
        }
        arrived.changed = byte.map(|_| changed);
    };
    with("a cast", &|t| arrived(t, None));
    with("a change on the way", &|t| arrived(t, Some(51)));
}

#[test]
fn long_payloads_differ_to_the_last_byte() {
    let text = |last| {
        let mut payload = vec![b'x'; 1_400];
        payload[1_399] = last;
        let mut story = Story::new();
        story.sent(CLIENT, &udp(5000, 7, &payload));
        story.trace.normalised()
    };
    assert_ne!(text(b'x'), text(b'y'));
}

#[test]
fn the_table_has_times_and_ports() {
    let table = RUN.trace().table();
    let mut lines = table.lines();
    assert_eq!(lines.next(), Some("     0.000  scene: one"));
    let line = lines.next().unwrap();
    assert!(
        line.starts_with("     0.085  frame 1 left client: "),
        "{line}"
    );
    assert!(line.contains("172.16.10.1:40001"), "{line}");
}

#[test]
fn a_refused_connection_counts_from_zero() {
    let mut story = Story::new();
    story
        .sent(CLIENT, &tcp(true, "S", 10, None, b""))
        .sent(SERVER, &tcp(false, "S", 20, Some(11), b""))
        .sent(CLIENT, &tcp(true, "S", 5_000, None, b""))
        .sent(SERVER, &tcp(false, "R", 0, Some(5_001), b""))
        .sent(CLIENT, &tcp(true, "S", 5_000, None, b""))
        .sent(SERVER, &tcp(false, "S", 77, Some(5_001), b""));
    let summaries = story.trace.summaries();
    let all: Vec<_> = summaries[2..].iter().map(words).collect();
    let expected = [
        ("SYN", "seq 0"),
        ("RST ACK", "seq 0 ack 1"),
        ("SYN", "seq 0 again"),
        ("SYN ACK", "seq 0 ack 1"),
    ];
    assert_eq!(all, expected);
}

#[test]
fn frames_of_two_senders_may_cross() {
    let mut story = Story::new();
    story
        .sent(CLIENT, &arp(true, false))
        .sent(SERVER, &arp(true, false))
        .came(1, ROUTER, Cast::Broadcast, None)
        .came(0, ROUTER, Cast::Broadcast, None);
    let summaries = story.trace.summaries();
    assert_eq!(summaries[0].fate, Fate::Delivered);
}

#[test]
fn one_of_two_hosts_with_one_address_is_enough() {
    let mut story = Story::new();
    story.trace.hosts[ROUTER].interfaces[0].mac =
        wirelab::Mac::local(2);
    story.sent(CLIENT, &udp(5000, 7, b"a")).arrived(0, ROUTER);
    story.sent(CLIENT, &udp(5000, 7, b"b"));
    let summaries = story.trace.summaries();
    assert!(!summaries[0].lost && summaries[1].lost);
    assert_eq!(summaries[0].to, [ROUTER]);
    assert_eq!(summaries[1].to, [SERVER, ROUTER]);
}

#[test]
fn a_port_is_renamed_by_address_and_number() {
    let mut story = Story::new();
    story
        .remark(CLIENT, "bound to 0.0.0.0:50000")
        .sent(CLIENT, &udp(50000, 7, b"a"))
        .remark(SERVER, "from 172.16.10.1:50000, 7:30");
    let text = story.trace.normalised();
    for part in [
        "bound to 0.0.0.0:port1\n",
        "172.16.10.1:port1 → 172.16.10.2:7, ",
        "from 172.16.10.1:port1, 7:30\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    let mut story = Story::new();
    story.sent(CLIENT, &udp(50000, 50000, b"a"));
    let text = story.trace.normalised();
    let part = "172.16.10.1:port1 → 172.16.10.2:port2, ";
    assert!(text.contains(part), "{text}");
}
