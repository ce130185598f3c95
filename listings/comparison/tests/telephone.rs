//! The lab's trace is read back: what a call takes, and what letters take.

use wirelab::trace::Trace;
use wirelab::TcpState::*;
use wirelab::{play, Frame};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_telephone")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

fn said(trace: &Trace) -> Vec<String> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let said = frames.map(|f| f.payload().unwrap_or_default().to_vec());
    said.map(|bytes| String::from_utf8(bytes).unwrap()).collect()
}

#[test]
fn a_call_is_dialled_answered_and_hung_up_by_each_side() {
    let Some(trace) = scene("call") else { return };
    let segments = trace.segments();
    let segments: Vec<_> = segments
        .iter()
        .map(|(host, flags)| (*host, &**flags))
        .collect();
    assert_eq!(
        segments[..3],
        [("client", "SYN"), ("server", "SYN ACK"), ("client", "ACK")]
    );
    assert_eq!(
        segments[7..],
        [
            ("client", "FIN ACK"),
            ("server", "ACK"),
            ("server", "FIN ACK"),
            ("client", "ACK"),
        ]
    );
    assert_eq!(
        trace.states(),
        [
            ("client", Established),
            ("server", Established),
            ("client", TimeWait),
            ("server", Closed),
        ]
    );
}

#[test]
fn nothing_is_said_before_the_call_is_answered() {
    let Some(trace) = scene("call") else { return };
    let said = said(&trace);
    assert!(said[..3].iter().all(String::is_empty));
    assert_eq!(said[3], "how much?");
    assert_eq!(said[5], "twelve");
}

#[test]
fn eleven_segments_do_what_two_datagrams_do() {
    let Some(call) = scene("call") else { return };
    assert_eq!(call.sent().count(), 11);
    let letters = scene("letters").unwrap();
    assert_eq!(said(&letters), ["how much?", "twelve"]);
}

#[test]
fn the_first_letter_is_the_first_frame_and_the_last_is_the_last() {
    let Some(letters) = scene("letters") else { return };
    for (_, sent) in letters.sent() {
        let frame = Frame::new(&sent.bytes);
        let datagram = frame.udp().expect("UDP and nothing else");
        assert!(!datagram.payload.is_empty());
    }
    assert!(letters.states().is_empty());
}
