//! The lab's trace is read back: what a believed, and who read what it sent.

use networks::arp;
use std::net::Ipv4Addr;
use wirelab::frame::{Arp, ArpOperation};
use wirelab::{play, Frame, Mac, Trace};

const B: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 2);

fn run(scene: &str) -> Option<Trace> {
    let trace = play(env!("CARGO_BIN_EXE_spoof")).unwrap()?.trace;
    Some(trace.scene(scene).unwrap())
}

/// The datagrams that say so: from whom to whom, by MAC address.
fn said(trace: &Trace, text: &str) -> Vec<(Mac, Mac)> {
    let frames = trace.sent().map(|(_, s)| Frame::new(&s.bytes));
    let said = frames
        .filter(|frame| frame.payload() == Some(text.as_bytes()))
        .map(|f| (f.source().unwrap(), f.destination().unwrap()));
    said.collect()
}

const A_MAC: Mac = Mac::local(1);
const M_MAC: Mac = Mac::local(2);
const B_MAC: Mac = Mac::local(3);

#[test]
fn a_lie_about_an_address_that_nobody_asked_for_is_ignored() {
    let Some(unknown) = run("unknown") else { return };
    assert_eq!(unknown.remarks("a"), ["ARP table: empty"]);
    // And later a has to ask.
    let known = run("known").unwrap();
    let first = known.summaries().remove(0);
    assert_eq!(first.headline, "ARP request", "{}", known.table());
}

#[test]
fn a_lie_replaces_what_was_known_and_the_liar_reads_along() {
    let Some(trace) = run("known") else { return };
    assert_eq!(
        trace.remarks("a"),
        [
            "ARP table: 172.16.10.2 is at 02:00:00:00:00:03, REACHABLE",
            "ARP table: 172.16.10.2 is at 02:00:00:00:00:02, STALE",
        ]
    );
    assert_eq!(said(&trace, "hello"), [(A_MAC, B_MAC)]);
    assert_eq!(
        said(&trace, "secret"),
        [(A_MAC, M_MAC), (M_MAC, B_MAC)]
    );
    // b can see it by the TTL alone.
    assert_eq!(trace.remarks("b"), ["recv → \"secret\""]);
    let frames = trace.sent().map(|(_, s)| Frame::new(&s.bytes));
    let last = frames.last().unwrap().ipv4().unwrap();
    assert_eq!(last.source.to_string(), "172.16.10.1");
    assert_eq!(last.ttl, 63);
}

#[test]
fn a_permanent_line_withstands_the_lie() {
    let Some(trace) = run("permanent") else { return };
    assert_eq!(
        trace.remarks("a"),
        ["ARP table: 172.16.10.2 is at 02:00:00:00:00:03, PERMANENT"]
    );
    assert_eq!(said(&trace, "secret"), [(A_MAC, B_MAC)]);
}

#[test]
fn an_announcement_is_a_request_for_the_senders_own_address() {
    let bytes = arp::announcement(B, M_MAC);
    assert_eq!(bytes.len(), 42);
    let frame = Frame::new(&bytes);
    assert_eq!(frame.destination(), Some(Mac::BROADCAST));
    assert_eq!(frame.source(), Some(M_MAC));
    let says = Arp {
        operation: ArpOperation::Request,
        sender_mac: M_MAC,
        sender_ip: B,
        target_mac: Mac([0; 6]),
        target_ip: B,
    };
    assert_eq!(frame.arp(), Some(says));
}
