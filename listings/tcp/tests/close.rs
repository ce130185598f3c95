//! Segments and states of both scenes, read back from the trace.

use wirelab::TcpState::*;
use wirelab::{play, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_close")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

const STATES: [(&str, wirelab::TcpState); 7] = [
    ("client", Established),
    ("server", Established),
    ("client", FinWait1),
    ("server", CloseWait),
    ("server", LastAck),
    ("client", TimeWait),
    ("server", Closed),
];

#[test]
fn a_server_that_waits_makes_it_four_segments() {
    let Some(trace) = scene("four") else { return };
    assert_eq!(
        trace.segments(),
        [
            ("client", "FIN ACK".into()),
            ("server", "ACK".into()),
            ("server", "FIN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    let mut states = trace.states();
    // FIN-WAIT-2 is what the ACK of its own made of the client.
    assert_eq!(states.remove(4), ("client", FinWait2));
    assert_eq!(states, STATES);
}

#[test]
fn a_server_that_does_not_wait_makes_it_three() {
    let Some(trace) = scene("three") else { return };
    assert_eq!(
        trace.segments(),
        [
            ("client", "FIN ACK".into()),
            ("server", "FIN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    assert_eq!(trace.states(), STATES);
}
