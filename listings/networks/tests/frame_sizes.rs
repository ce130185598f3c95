//! The lab's trace is read back: no byte is added, and none is taken off.

use wirelab::play;
use wirelab::trace::What;

#[test]
fn a_virtual_cable_pads_nothing_and_carries_no_check_sequence() {
    let Some(lab) = play(env!("CARGO_BIN_EXE_frame_sizes")).unwrap()
    else {
        return;
    };
    let trace = lab.trace;
    let sizes = trace.sent().map(|(_, sent)| sent.bytes.len());
    assert_eq!(sizes.collect::<Vec<_>>(), [14, 59, 1514]);
    let mut arrived = 0;
    for event in &trace.events {
        if let What::Arrived(arrival) = &event.what {
            assert_eq!(arrival.changed, None);
            arrived += 1;
        }
    }
    assert_eq!(arrived, 3);
    assert_eq!(
        trace.remarks("a"),
        [
            "13 bytes → Invalid argument (os error 22)",
            "1515 bytes → Message too long (os error 90)",
        ]
    );
}
