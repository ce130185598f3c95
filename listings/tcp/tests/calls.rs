//! What a call meets that isn't simply answered.

use std::time::Duration;
use wirelab::TcpState::*;
use wirelab::{play, Fate, Frame, Played, Trace};

fn scene(name: &str) -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_calls")).unwrap()?;
    let Played { trace, said } = lab;
    Some((trace.scene(name).expect("a scene of that name"), said))
}

fn sent(trace: &Trace) -> Vec<(Duration, u32, String)> {
    let sent = trace.sent().map(|(at, sent)| {
        let segment = Frame::new(&sent.bytes).tcp().unwrap();
        (at, segment.sequence, segment.flags.to_string())
    });
    sent.collect()
}

#[test]
fn a_reset_refuses() {
    let Some((trace, _)) = scene("refused") else { return };
    assert_eq!(
        trace.segments(),
        [("client", "SYN".into()), ("server", "RST ACK".into())]
    );
    let told = trace.remarks("client");
    assert_eq!(told[1], "connect → Connection refused (os error 111)");
    assert_eq!(
        trace.states(),
        [("client", SynSent), ("client", Closed)]
    );
}

#[test]
fn a_lost_syn_is_sent_again_with_the_same_number() {
    let Some((trace, _)) = scene("repeated") else { return };
    let fates = trace.summaries().into_iter().map(|s| s.fate);
    let fates: Vec<_> = fates.collect();
    assert_eq!(fates[0], Fate::Lost);
    assert!(fates[1..].iter().all(|fate| *fate == Fate::Delivered));
    let sent = sent(&trace);
    let [(first, x, syn), (second, again, syn_again), ..] = &sent[..]
    else {
        panic!("{}", trace.table());
    };
    assert_eq!((syn, x), (syn_again, again));
    assert!(*second - *first > Duration::from_millis(900));
    assert_eq!(sent.len(), 4);
    assert_eq!(trace.remarks("client")[1], "connect → Ok");
}

#[test]
fn when_all_are_lost_the_kernel_gives_up() {
    let Some((trace, _)) = scene("given_up") else { return };
    let sent = sent(&trace);
    assert_eq!(sent.len(), 2);
    assert!(sent
        .iter()
        .all(|(_, x, flags)| { *x == sent[0].1 && flags == "SYN" }));
    let told = trace.remarks("client");
    assert_eq!(
        told[1],
        "connect → Connection timed out (os error 110)"
    );
    assert_eq!(
        trace.states(),
        [("client", SynSent), ("client", Closed)]
    );
}

#[test]
fn a_call_to_everybody_is_refused_before_it_begins() {
    let Some((_, said)) = scene("refused") else { return };
    let first = said.lines().next().unwrap();
    assert_eq!(
        first,
        "to everybody    Network is unreachable (os error 101)"
    );
}
