//! What each way to hang up puts on the wire, and what it doesn't.

use wirelab::TcpState::*;
use wirelab::{play, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_hang_up")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

/// The flags of the client's segments.
fn client(trace: &Trace) -> Vec<String> {
    let all = trace.segments().into_iter();
    let ours = all.filter(|(host, _)| *host == "client");
    ours.map(|(_, flags)| flags).collect()
}

#[test]
fn shutdown_and_drop_send_the_same_fin() {
    for name in ["shutdown", "drop"] {
        let Some(trace) = scene(name) else { return };
        assert_eq!(client(&trace), ["FIN ACK"], "{name}");
        let heard = trace.remarks("server");
        assert_eq!(heard, ["read → end of file"], "{name}");
    }
}

#[test]
fn a_clone_keeps_drop_from_sending_anything_but_not_shutdown() {
    let Some(trace) = scene("drop_clone") else { return };
    assert!(trace.segments().is_empty(), "{:?}", trace.segments());
    assert_eq!(trace.states().last(), Some(&("client", Established)));
    let Some(trace) = scene("shutdown_clone") else { return };
    assert_eq!(client(&trace), ["FIN ACK"]);
}

#[test]
fn unread_data_makes_it_a_reset() {
    let Some(trace) = scene("unread") else { return };
    // The first is the acknowledgement of the data.
    assert_eq!(client(&trace), ["ACK", "RST ACK"]);
    let heard = trace.remarks("server").pop().unwrap();
    assert!(heard.contains("os error 104"), "{heard}");
}

#[test]
fn data_that_comes_after_drop_is_met_with_a_reset() {
    let Some(trace) = scene("late") else { return };
    assert_eq!(client(&trace), ["FIN ACK", "RST"]);
    let end = trace.states().split_off(4);
    assert_eq!(end, [("client", Closed), ("server", Closed)]);
    let heard = trace.remarks("server");
    assert_eq!(heard[0], "write \"answer\"");
    assert!(heard[1].contains("os error 32"), "{heard:?}");
}
