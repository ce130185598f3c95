//! The kernel opens connections, and `accept` hands them over.

use std::time::Duration;
use wirelab::trace::What;
use wirelab::TcpState::*;
use wirelab::{play, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_before_accept")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

#[test]
fn a_connection_is_open_and_has_data_before_accept() {
    let Some(trace) = scene("early") else { return };
    let events = trace.events.iter();
    let until = events.take_while(|event| {
        !matches!(&event.what, What::Remark { text, .. }
            if text.starts_with("accept"))
    });
    let mut before = Trace { events: vec![], ..trace.clone() };
    before.events.extend(until.cloned());
    assert_eq!(
        before.states(),
        [("client", Established), ("server", Established)]
    );
    assert_eq!(
        before.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
            ("client", "PSH ACK".into()),
            ("server", "ACK".into()),
        ]
    );
    assert_eq!(
        trace.remarks("server"),
        ["accept → Ok", "read \"hello\""]
    );
}

#[test]
fn a_syn_that_finds_no_place_is_not_answered() {
    let Some(trace) = scene("full") else { return };
    assert_eq!(
        trace.segments(),
        [
            ("client", "SYN".into()),
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    let at: Vec<_> = trace.sent().map(|(at, _)| at).collect();
    assert!(at[1] - at[0] > Duration::from_millis(900));
    // It had arrived, the first time too.
    assert!(trace.summaries().iter().all(|frame| !frame.lost));
    assert_eq!(
        trace.states(),
        [
            ("client", SynSent),
            ("client", Established),
            ("server", Established),
        ]
    );
}
