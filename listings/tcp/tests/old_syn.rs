//! An old SYN opens no connection: figure 8 of RFC 9293 §3.5.

use wirelab::frame::Tcp;
use wirelab::TcpState::*;
use wirelab::{play, Frame, Trace};

fn trace() -> Option<Trace> {
    Some(play(env!("CARGO_BIN_EXE_old_syn")).unwrap()?.trace)
}

#[test]
fn an_old_syn_is_answered_found_out_and_reset() {
    let Some(trace) = trace() else { return };
    let table = trace.table();
    let frames: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    let segments: Vec<Tcp> = frames
        .iter()
        .map(|sent| Frame::new(&sent.bytes).tcp().unwrap())
        .collect();
    let old = segments[0].sequence;
    let answer = segments.iter().find(|s| s.flags.syn && s.flags.ack);
    // The server has taken it for a new one,
    assert_eq!(answer.unwrap().acknowledgment, old.wrapping_add(1));
    // and the client has never heard of that number.
    let resets = segments.iter().filter(|s| s.flags.rst);
    let resets: Vec<_> = resets.map(|s| s.sequence).collect();
    assert_eq!(resets, [old.wrapping_add(1)], "{table}");
    // The new SYN may come twice, with the number that it has.
    let new = segments[1].sequence;
    assert_ne!(new, old);
    let syns = segments.iter().filter(|s| s.flags.syn && !s.flags.ack);
    assert!(syns.skip(1).all(|s| s.sequence == new), "{table}");
}

#[test]
fn the_server_listens_again_and_the_new_call_gets_through() {
    let Some(trace) = trace() else { return };
    assert_eq!(
        trace.states(),
        [
            ("client", SynSent),
            ("client", Closed),
            ("client", SynSent),
            ("server", SynReceived),
            ("client", SynSent),
            ("server", Closed),
            ("server", SynReceived),
            ("client", Established),
            ("server", Established),
        ]
    );
    assert_eq!(trace.remarks("server"), ["accept → Ok"]);
}
