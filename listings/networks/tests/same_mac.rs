//! The lab's trace is read back: where the switch looked for the address, and
//! who got the frame.

use std::process::Command;
use wirelab::trace::{Cast, Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_same_mac")).unwrap()?;
    Some(lab.trace)
}

#[test]
fn two_hosts_send_from_one_address() {
    let Some(trace) = run() else { return };
    for host in [0, 1] {
        let by = trace.sent().filter(|(_, sent)| sent.host == host);
        let sources: Vec<_> = by
            .filter_map(|(_, sent)| Frame::new(&sent.bytes).source())
            .collect();
        assert!(!sources.is_empty());
        assert!(sources.iter().all(|mac| *mac == Mac::local(1)));
    }
}

#[test]
fn the_switch_follows_whoever_spoke_last() {
    let Some(trace) = run() else { return };
    let ports = trace.remarks("switch");
    assert_eq!(
        ports,
        ["port1", "port2", "port1"]
            .map(|port| format!("02:00:00:00:00:01 is at {port}"))
    );
}

#[test]
fn a_host_misses_what_the_other_one_gets() {
    let Some(trace) = run() else { return };
    // What c sends to a: who got it, and did the kernel take it for its own?
    let mut got = vec![];
    let frames: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    for event in &trace.events {
        let What::Arrived(arrived) = &event.what else { continue };
        let frame = frames[arrived.frame];
        if trace.hosts[frame.host].name == "c" {
            let packet = Frame::new(&frame.bytes);
            let to = packet.ipv4().unwrap().destination;
            assert_eq!(to.to_string(), "172.16.10.1");
            let text = packet.payload().unwrap();
            got.push((
                &*trace.hosts[arrived.host].name,
                String::from_utf8_lossy(text).into_owned(),
                arrived.cast,
            ));
        }
    }
    let frame = |who, text: &str| (who, text.to_owned(), Cast::Unicast);
    assert_eq!(
        got,
        [
            frame("a", "first"),
            frame("b", "second"),
            frame("a", "third")
        ]
    );
    // a's program gets the third after the first: the second never came.
    let read = trace.remarks("a");
    assert_eq!(read, ["recv → \"first\"", "recv → \"third\""]);
    assert!(trace.remarks("b").is_empty());
}

#[test]
fn behind_a_router_the_same_address_does_no_harm() {
    if let Err(why) = wirelab::probe() {
        return wirelab::skip(&why).unwrap();
    }
    let program = env!("CARGO_BIN_EXE_same_mac");
    let run = Command::new(program).arg("--apart").output().unwrap();
    assert!(run.status.success(), "{run:?}");
    let said = String::from_utf8(run.stdout).unwrap();
    for text in ["first", "second", "third"] {
        let read = format!("recv → {text:?}");
        assert!(said.contains(&read), "{text}:\n{said}");
    }
    // b's frames reach c's switch from the router, with its address.
    let ports: Vec<_> = said
        .lines()
        .filter(|line| line.starts_with("switch"))
        .collect();
    assert_eq!(ports.len(), 3);
    assert!(ports.iter().all(|l| l.ends_with("at port1")), "{said}");
}
