//! Segments and states of both ends, judged by figure 7 of RFC 9293 §3.5.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn both_call_nobody_listens_and_they_are_connected() {
    let program = env!("CARGO_BIN_EXE_simultaneous_open");
    let Some(lab) = play(program).unwrap() else { return };
    let segments = lab.trace.segments();
    let opening = segments.iter().filter(|s| s.1.contains("SYN"));
    let opening: Vec<_> = opening.map(|s| (s.0, &*s.1)).collect();
    assert_eq!(
        opening,
        [
            ("a", "SYN"),
            ("b", "SYN"),
            ("b", "SYN ACK"),
            ("a", "SYN ACK"),
        ]
    );
    let states = lab.trace.states();
    for host in ["a", "b"] {
        let own = states.iter().filter(|state| state.0 == host);
        let own: Vec<_> = own.map(|state| state.1).collect();
        assert_eq!(own, [SynSent, SynReceived, Established]);
    }
    let told = lab.trace.remarks("b");
    assert_eq!(told, ["connect", "connect → Ok", "read \"hello\""]);
}

#[test]
fn a_host_that_calls_itself_answers_its_own_syn() {
    let program = env!("CARGO_BIN_EXE_simultaneous_open");
    let Some(lab) = play(program).unwrap() else { return };
    let one = lab.said.lines().find(|line| line.starts_with("one"));
    assert_eq!(one, Some("one host   SYN, SYN ACK"), "{}", lab.said);
}
