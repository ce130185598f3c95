//! The lab's trace is read back: what two kernels do with headers.

use networks::ipv4::{BadPacket, Header};
use wirelab::frame::bad_checksums;
use wirelab::trace::{Arrived, What};
use wirelab::{play, Frame, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_ipv4_header")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// What came in, as it was sent or changed.
fn arrivals(trace: &Trace) -> Vec<&Arrived> {
    let events = trace.events.iter().filter_map(|e| match &e.what {
        What::Arrived(arrived) => Some(arrived),
        _ => None,
    });
    events.collect()
}

#[test]
fn our_parser_reads_what_the_kernel_has_written() {
    let Some(trace) = scene("right") else { return };
    let (_, sent) = trace.sent().next().unwrap();
    let header = Header::parse(&sent.bytes[14..]).unwrap();
    assert_eq!(header.source.to_string(), "172.16.10.1");
    assert_eq!(header.destination.to_string(), "172.16.10.2");
    assert_eq!((header.header_length, header.total_length), (20, 33));
    assert_eq!((header.time_to_live, header.protocol), (64, 17));
    assert!(header.dont_fragment && !header.more_fragments);
    assert_eq!(trace.remarks("b"), ["recv → \"hello\""]);
}

#[test]
fn a_damaged_header_is_dropped_and_nobody_is_told() {
    let Some(trace) = scene("wrong") else { return };
    let arrived = arrivals(&trace);
    let [damaged, whole] = arrived[..] else {
        panic!("{}", trace.table());
    };
    let bytes = damaged.changed.as_ref().unwrap();
    let (_, sent) = trace.sent().next().unwrap();
    let differ =
        (0..bytes.len()).filter(|&n| bytes[n] != sent.bytes[n]);
    // The time to live alone.
    assert_eq!(differ.collect::<Vec<_>>(), [14 + 8]);
    assert_eq!(bad_checksums(bytes).len(), 1);
    let parsed = Header::parse(&bytes[14..]);
    let noticed = matches!(parsed, Err(BadPacket::Checksum { .. }));
    assert!(noticed, "{parsed:?}");
    assert_eq!(whole.changed, None);
    // It came to b's card, and not to its program. b sends nothing.
    let said = ["recv → \"whole\"", "bad headers: 1"];
    assert_eq!(trace.remarks("b"), said);
    for (_, sent) in trace.sent() {
        let ip = Frame::new(&sent.bytes).ipv4().unwrap();
        assert_eq!(ip.source.to_string(), "172.16.10.1");
    }
}
