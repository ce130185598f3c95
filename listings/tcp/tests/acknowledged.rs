//! The lab's trace is read back: what was acknowledged, and what became of
//! it.

use wirelab::frame::bad_checksums;
use wirelab::summary::Fate;
use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_acknowledged")).unwrap()
}

fn scene(name: &str) -> Option<Trace> {
    Some(lab()?.trace.scene(name).expect(name))
}

#[test]
fn an_acknowledged_byte_may_never_be_read() {
    let Some(trace) = scene("unread") else { return };
    assert_eq!(
        trace.segments(),
        [
            ("client", "PSH ACK".into()),
            ("server", "ACK".into()),
            ("server", "RST ACK".into()),
        ]
    );
    // The ACK is for all eight bytes.
    let frames: Vec<_> =
        trace.sent().map(|(_, sent)| Frame::new(&sent.bytes)).collect();
    let [order, ack] = [0, 1].map(|n| frames[n].tcp().unwrap());
    let end = order.sequence.wrapping_add(8);
    assert_eq!(ack.acknowledgment, end);
    assert_eq!(trace.remarks("server"), ["drop, without a read"]);
    assert_eq!(
        trace.remarks("client").last(),
        Some(&"read → Connection reset by peer")
    );
}

#[test]
fn the_kernels_say_acknowledged_and_unread() {
    let Some(lab) = lab() else { return };
    let lines: Vec<_> = lab.said.lines().take(3).collect();
    assert_eq!(
        lines,
        [
            "client: 0 bytes not acknowledged",
            "server: 8 bytes not read",
            "cable:  \"pay 0012\"",
        ]
    );
}

#[test]
fn whoever_has_the_cable_can_read_it() {
    let Some(trace) = scene("unread") else { return };
    let (_, sent) = trace.sent().next().unwrap();
    let end = sent.bytes.len() - 8;
    assert_eq!(&sent.bytes[end..], b"pay 0012");
}

#[test]
fn only_the_answer_tells_that_it_was_read() {
    let Some(trace) = scene("answered") else { return };
    let read = trace.remarks("client");
    assert_eq!(read.last(), Some(&"read \"done: pay 0012\""));
    // Up to the ACK both scenes look the same to the client.
    let unread = scene("unread").unwrap();
    assert_eq!(unread.segments()[..2], trace.segments()[..2]);
}

#[test]
fn a_changed_segment_may_pass_the_checksum() {
    let Some(trace) = scene("changed") else { return };
    assert_eq!(trace.summaries()[0].fate, Fate::Changed);
    let changed = trace.events.iter().find_map(|e| match &e.what {
        What::Arrived(arrived) => arrived.changed.clone(),
        _ => None,
    });
    let changed = changed.expect("the order was changed");
    assert!(changed.ends_with(b"pay 1200"));
    assert!(bad_checksums(&changed).is_empty());
    assert_eq!(trace.remarks("server"), ["read \"pay 1200\""]);
    assert_eq!(trace.segments()[1], ("server", "ACK".into()));
}
