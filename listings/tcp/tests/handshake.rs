//! The lab's trace is read back and judged by what RFC 9293 §3.5 asks for.

use wirelab::trace::What;
use wirelab::{play, Frame, TcpState};

#[test]
fn each_side_acknowledges_the_other_ones_first_number_plus_one() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    let frames = lab.trace.sent().map(|(_, sent)| &sent.bytes);
    let frames: Vec<_> = frames.collect();
    assert_eq!(frames.len(), 3, "{}", lab.trace.table());
    let frames = frames.iter().map(|bytes| Frame::new(bytes));
    let frames: Vec<_> = frames.collect();
    let [x, y, z] = &frames[..] else { panic!() };
    let [x, y, z] =
        [x, y, z].map(|frame| frame.tcp().expect("a segment"));
    assert_eq!(
        [x.flags, y.flags, z.flags].map(|flags| flags.to_string()),
        ["SYN", "SYN ACK", "ACK"]
    );
    assert_eq!(y.acknowledgment, x.sequence.wrapping_add(1));
    assert_eq!(z.sequence, x.sequence.wrapping_add(1));
    assert_eq!(z.acknowledgment, y.sequence.wrapping_add(1));
    // The numbers that it prints are those.
    for number in [x.sequence, y.sequence, z.acknowledgment] {
        assert!(lab.said.contains(&number.to_string()), "{}", lab.said);
    }
}

#[test]
fn the_server_is_established_last() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    let states = lab.trace.events.iter().filter_map(|e| match e.what {
        What::State { host, state } => {
            Some((&*lab.trace.hosts[host].name, state))
        }
        _ => None,
    });
    assert_eq!(
        states.collect::<Vec<_>>(),
        [
            ("server", TcpState::Listen),
            ("client", TcpState::SynSent),
            ("server", TcpState::SynReceived),
            ("client", TcpState::Established),
            ("server", TcpState::Established),
        ]
    );
}
