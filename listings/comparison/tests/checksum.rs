//! The lab's trace is read back: what was changed, and what was noticed.

use networks::ipv4::checksum;
use wirelab::frame::bad_checksums;
use wirelab::trace::What;
use wirelab::{play, Frame, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_checksum")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// The frames that arrived changed: their data, and how many checksums are
/// wrong.
fn changed(trace: &Trace) -> Vec<(Vec<u8>, usize)> {
    let frames = trace.events.iter().filter_map(|e| match &e.what {
        What::Arrived(arrived) => arrived.changed.as_ref(),
        _ => None,
    });
    let frames = frames.map(|bytes| {
        let data = Frame::new(bytes).payload().unwrap().to_vec();
        (data, bad_checksums(bytes).len())
    });
    frames.collect()
}

fn expected() -> Vec<(Vec<u8>, usize)> {
    vec![(b"\xce000 EUR".to_vec(), 1), (b"0010 EUR".to_vec(), 0)]
}

#[test]
fn udp_drops_what_is_damaged_and_delivers_what_is_swapped() {
    let Some(trace) = scene("udp") else { return };
    assert_eq!(changed(&trace), expected(), "{}", trace.table());
    let read = ["reads nothing ", "reads 0010 EUR"];
    assert_eq!(trace.remarks("receiver"), read);
}

#[test]
fn tcp_sends_again_what_is_damaged_and_delivers_what_is_swapped() {
    let Some(trace) = scene("tcp") else { return };
    assert_eq!(changed(&trace), expected(), "{}", trace.table());
    let read = ["reads 1000 EUR", "reads 0010 EUR"];
    assert_eq!(trace.remarks("receiver"), read);
    let sent = trace.sent().filter(|(_, sent)| {
        Frame::new(&sent.bytes).payload() == Some(b"1000 EUR")
    });
    assert!(sent.count() >= 3, "{}", trace.table());
}

#[test]
fn the_checksum_is_a_sum_and_no_more() {
    let right = checksum(b"1000 EUR");
    for same in [b"0010 EUR", b" EUR1000", b"1100 EUQ", b"9000 EMR"] {
        assert_eq!(checksum(same), right);
    }
    // The bytes of a word don't change places unnoticed.
    assert_ne!(checksum(b"0100 EUR"), right);
}
