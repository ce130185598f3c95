//! The lab's trace is read back: what a connection puts on the wire while
//! nobody speaks.

use wirelab::trace::What;
use wirelab::TcpState::Established;
use wirelab::{play, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_idle")).unwrap()
}

#[test]
fn an_idle_connection_sends_nothing() {
    let Some(lab) = lab() else { return };
    let mut events = lab.trace.events.iter();
    let is = |said: &'static str| move |what: &What| matches!(what, What::Remark { text, .. } if text == said);
    let sent = |what: &What| matches!(what, What::Sent(_));
    let handshake = events
        .by_ref()
        .take_while(|e| !is("one silent second")(&e.what))
        .filter(|e| sent(&e.what));
    assert_eq!(handshake.count(), 3);
    // Up to the first byte, through unplugging and plugging in, nothing.
    let idle = events
        .by_ref()
        .take_while(|e| !is("write \"hello\"")(&e.what))
        .filter(|e| sent(&e.what));
    assert_eq!(idle.count(), 0);
    assert_eq!(events.filter(|e| sent(&e.what)).count(), 2);
    assert!(lab.said.contains("one silent second: 0 frames\n"));
}

#[test]
fn a_connection_outlives_an_unplugged_cable() {
    let Some(lab) = lab() else { return };
    assert_eq!(
        lab.trace.states(),
        [("client", Established), ("server", Established)]
    );
    assert_eq!(
        lab.trace.remarks("client"),
        [
            "one silent second",
            "the cable is unplugged",
            "and plugged in again",
            "write \"hello\"",
        ]
    );
    assert_eq!(lab.trace.remarks("server"), ["read \"hello\""]);
}

#[test]
fn each_kernel_has_a_record_of_the_connection() {
    let Some(lab) = lab() else { return };
    let mut lines = lab.said.lines();
    let mut record = |host: &str| {
        let line = lines.next().unwrap().strip_prefix(host).unwrap();
        let (local, remote) = line.trim().split_once(" → ").unwrap();
        (local.to_owned(), remote.to_owned())
    };
    let client = record("client");
    let server = record("server");
    assert_eq!(server.0, "172.16.10.2:7000");
    assert_eq!((client.1, client.0), server);
}

#[test]
fn a_timeout_ends_one_end_and_leaves_the_other() {
    let Some(lab) = lab() else { return };
    let (_, gone) = lab.said.split_once("for good\n").unwrap();
    assert_eq!(
        gone.lines().collect::<Vec<_>>(),
        [
            "client write: Ok(12)",
            "client read:  Connection timed out (os error 110)",
            "client CLOSED, server ESTABLISHED",
        ]
    );
}
