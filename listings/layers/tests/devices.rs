//! The lab's trace is read back: what came out of each device. And the
//! switch without a network.

use layers::compare::{arrivals, both_syns};
use networks::switching::Switch;
use std::time::Instant;
use wirelab::frame::bad_checksums;
use wirelab::{play, Frame, Mac, Trace};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_devices")).unwrap()?;
    Some((lab.trace, lab.said))
}

fn scene(trace: &Trace, name: &str) -> Trace {
    trace.scene(name).expect(name)
}

/// At which bytes the client's SYN and the one at the server differ.
fn changed(trace: &Trace, name: &str) -> Vec<usize> {
    let [before, behind] = both_syns(&scene(trace, name)).unwrap();
    assert_eq!(before.len(), behind.len(), "{name}");
    let pairs = before.iter().zip(&behind).enumerate();
    pairs.filter(|(_, (a, b))| a != b).map(|(n, _)| n).collect()
}

/// What the server sent, and what came to the client.
fn texts(trace: &Trace) -> Vec<String> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let texts = frames.filter_map(|frame| {
        let text = frame.tcp()?.payload;
        let text = String::from_utf8_lossy(text).into_owned();
        (!text.is_empty()).then_some(text)
    });
    texts.collect()
}

/// Places in a frame: behind 14 bytes of Ethernet and 20 of IPv4.
const MACS: std::ops::Range<usize> = 0..12;
const TTL: usize = 22;
const HEADER_CHECKSUM: [usize; 2] = [24, 25];
const SOURCE: std::ops::Range<usize> = 26..30;
const SOURCE_PORT: std::ops::Range<usize> = 34..36;
const TCP_CHECKSUM: [usize; 2] = [50, 51];

#[test]
fn hub_and_switch_change_no_byte() {
    let Some((trace, _)) = run() else { return };
    for name in ["hub", "switch"] {
        assert_eq!(changed(&trace, name), [0; 0], "{name}");
        let scene = scene(&trace, name);
        // Who sends and who gets are the two ends, and nobody between.
        assert_eq!(scene.sent().count(), 5);
        assert_eq!(arrivals(&scene, "box").count(), 0);
        assert!(arrivals(&scene, "server").all(|a| a.changed.is_none()));
    }
}

#[test]
fn the_bystander_hears_all_at_a_hub_and_one_at_a_switch() {
    let Some((trace, said)) = run() else { return };
    let heard =
        ["hub", "switch", "router", "nat", "proxy"].map(|name| {
            arrivals(&scene(&trace, name), "bystander").count()
        });
    assert_eq!(heard, [5, 1, 0, 0, 0]);
    let row = said.lines().find(|line| line.starts_with("bystander"));
    let cells: Vec<_> = row.unwrap().split_whitespace().collect();
    assert_eq!(cells[1..], ["5/5", "1/5", "none", "none", "none"]);
}

#[test]
fn the_router_changes_macs_ttl_and_the_headers_checksum() {
    let Some((trace, _)) = run() else { return };
    let changed = changed(&trace, "router");
    assert!(changed.contains(&TTL));
    for place in changed {
        let may = MACS.contains(&place)
            || place == TTL
            || HEADER_CHECKSUM.contains(&place);
        assert!(may, "byte {place}");
    }
}

#[test]
fn the_nat_changes_the_source_and_its_port_as_well() {
    let Some((trace, said)) = run() else { return };
    let changed = changed(&trace, "nat");
    for field in [SOURCE, SOURCE_PORT] {
        assert!(field.clone().any(|place| changed.contains(&place)));
    }
    for place in changed {
        let may = MACS.contains(&place)
            || place == TTL
            || HEADER_CHECKSUM.contains(&place)
            || SOURCE.contains(&place)
            || SOURCE_PORT.contains(&place)
            || TCP_CHECKSUM.contains(&place);
        assert!(may, "byte {place}");
    }
    assert!(said.contains("you are 203.0.113.1:6001"), "{said}");
}

#[test]
fn the_proxy_has_two_connections_and_the_nat_one() {
    let Some((trace, _)) = run() else { return };
    let first = |name| {
        let syns = both_syns(&scene(&trace, name)).unwrap();
        syns.map(|syn| Frame::new(&syn).tcp().unwrap().sequence)
    };
    for name in ["router", "nat"] {
        let [before, behind] = first(name);
        assert_eq!(before, behind, "{name}");
    }
    let [before, behind] = first("proxy");
    assert_ne!(before, behind);
    // The proxy answers the client before it has asked the server.
    let scene = scene(&trace, "proxy");
    let segments = scene.segments();
    let segments: Vec<_> =
        segments.iter().map(|(who, flags)| (*who, &**flags)).collect();
    assert_eq!(
        segments[..6],
        [
            ("client", "SYN"),
            ("box", "SYN ACK"),
            ("client", "ACK"),
            ("box", "SYN"),
            ("server", "SYN ACK"),
            ("box", "ACK"),
        ]
    );
}

#[test]
fn nobody_changes_the_text_and_every_checksum_is_right() {
    let Some((trace, said)) = run() else { return };
    for name in ["hub", "switch", "router", "nat", "proxy"] {
        let texts = texts(&scene(&trace, name));
        assert!(texts[0].starts_with("you are "), "{texts:?}");
        assert!(
            texts.iter().all(|text| *text == texts[0]),
            "{texts:?}"
        );
        assert!(said.contains(&texts[0]), "{said}");
    }
    for (_, sent) in trace.sent() {
        assert_eq!(bad_checksums(&sent.bytes), [""; 0]);
    }
}

// Our switch, without a network

#[test]
fn a_switch_reads_twelve_bytes() {
    let [a, b] = [1, 2].map(Mac::local);
    let mut switch = Switch::new(3);
    let now = Instant::now();
    let frame = |to: Mac, from: Mac, rest: &[u8]| {
        [&to.0[..], &from.0, rest].concat()
    };
    switch.forward(2, &frame(Mac::BROADCAST, b, &[0; 48]), now);
    // A packet of IPv4, one of IPv6, and nothing that anybody knows.
    for rest in [[0x08; 48], [0x86; 48], [0xff; 48], [0; 48]] {
        let out = switch.forward(0, &frame(b, a, &rest), now);
        assert_eq!(out, [2]);
    }
}

/// Exercise 1.
#[test]
fn a_switch_that_knows_the_server_leaves_the_bystander_alone() {
    let [client, server] = [2, 5].map(Mac::local);
    let mut switch = Switch::new(3);
    let now = Instant::now();
    let frame =
        |to: Mac, from: Mac| [&to.0[..], &from.0, &[8, 0]].concat();
    // It has just been turned on: the SYN.
    assert_eq!(switch.forward(1, &frame(server, client), now), [0, 2]);
    assert_eq!(switch.forward(2, &frame(client, server), now), [1]);
    // The next connection's.
    assert_eq!(switch.forward(1, &frame(server, client), now), [2]);
}
