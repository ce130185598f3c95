//! A host that is gone says nothing, and one that has forgotten says no.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn a_power_cut_sends_nothing_and_changes_nothing() {
    let program = env!("CARGO_BIN_EXE_power_cut");
    let Some(lab) = play(program).unwrap() else { return };
    let trace = lab.trace;
    let text = trace.normalised();
    let on = text.find("server: power on").expect("the power");
    let first = text.find("frame 1 left").expect("a frame");
    assert!(on < first, "{text}");
    let states = trace.states();
    assert_eq!(
        states,
        [
            ("client", Established),
            ("server", Established),
            ("server", Closed),
            ("client", Established),
            ("client", Established),
            ("client", Closed),
        ]
    );
}

#[test]
fn a_host_without_memory_answers_with_a_reset() {
    let program = env!("CARGO_BIN_EXE_power_cut");
    let Some(lab) = play(program).unwrap() else { return };
    let trace = lab.trace;
    let segments = trace.segments();
    assert_eq!(
        segments,
        [("client", "PSH ACK".into()), ("server", "RST".into())]
    );
    let met = trace.remarks("client").pop().unwrap();
    assert!(met.contains("os error 104"), "{met}");
}
