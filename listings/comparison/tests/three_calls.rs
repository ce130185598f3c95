//! The lab's trace is read back: three conversations on one cable.

use std::collections::HashSet;
use wirelab::trace::What;
use wirelab::{play, Frame};

#[test]
fn three_calls_from_one_host_to_one_port_share_the_cable() {
    let program = env!("CARGO_BIN_EXE_three_calls");
    let Some(lab) = play(program).unwrap() else { return };
    let events = lab.trace.events.iter();
    // All that was sent before anything arrived was there at once.
    let before =
        events.take_while(|e| !matches!(e.what, What::Arrived(_)));
    let segments = before.filter_map(|e| match &e.what {
        What::Sent(sent) => Frame::new(&sent.bytes).tcp(),
        _ => None,
    });
    let segments: Vec<_> = segments.collect();
    assert_eq!(segments.len(), 3, "{}", lab.trace.table());
    let said = segments.iter().map(|segment| segment.payload);
    assert_eq!(
        said.collect::<Vec<_>>(),
        [b"first".as_slice(), b"second", b"third"]
    );
    assert!(segments.iter().all(|s| s.destination_port == 7000));
    let callers: HashSet<_> =
        segments.iter().map(|segment| segment.source_port).collect();
    assert_eq!(callers.len(), 3);
}

#[test]
fn each_call_is_heard_by_its_own_listener() {
    let program = env!("CARGO_BIN_EXE_three_calls");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.remarks("server"),
        ["read \"first\"", "read \"second\"", "read \"third\""]
    );
    assert!(lab.trace.summaries().iter().all(|frame| !frame.lost));
}
