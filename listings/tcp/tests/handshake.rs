//! The lab's trace is read back and judged by what RFC 9293 §3.5 asks for.

use wirelab::TcpState::*;
use wirelab::{play, Frame};

#[test]
fn each_side_acknowledges_the_other_ones_first_number_plus_one() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    let numbers = lab.trace.sent().map(|(_, sent)| {
        let segment = Frame::new(&sent.bytes).tcp().unwrap();
        (segment.sequence, segment.acknowledgment)
    });
    let [(x, _), (y, x1), (next, y1)] = numbers.collect::<Vec<_>>()[..]
    else {
        panic!("{}", lab.trace.table());
    };
    assert_eq!(x1, x.wrapping_add(1));
    assert_eq!(next, x.wrapping_add(1));
    assert_eq!(y1, y.wrapping_add(1));
    // What it prints are the numbers of the wire.
    for number in [x, y, x1, y1] {
        assert!(lab.said.contains(&number.to_string()), "{}", lab.said);
    }
}

#[test]
fn the_server_is_established_last() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.states(),
        [
            ("server", Listen),
            ("client", SynSent),
            ("server", SynReceived),
            ("client", Established),
            ("server", Established),
        ]
    );
}
