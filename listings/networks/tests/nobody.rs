//! The lab's trace is read back: how often a asks, and what it learns.

use std::process::Command;
use std::time::{Duration, Instant};
use wirelab::frame::ArpOperation;
use wirelab::trace::{Trace, What};
use wirelab::{play, probe, skip, Frame, Mac};

fn run() -> Option<Trace> {
    Some(play(env!("CARGO_BIN_EXE_nobody")).unwrap()?.trace)
}

/// Nobody sends anything else.
fn questions(trace: &Trace) -> Vec<Duration> {
    let mut times = vec![];
    for event in &trace.events {
        let What::Sent(sent) = &event.what else { continue };
        let frame = Frame::new(&sent.bytes);
        let arp = frame.arp().unwrap_or_else(|| {
            panic!("{}", trace.table());
        });
        assert_eq!(arp.operation, ArpOperation::Request);
        assert_eq!(arp.target_ip.to_string(), "172.16.10.9");
        assert_eq!(frame.destination(), Some(Mac::BROADCAST));
        assert_eq!(trace.hosts[sent.host].name, "a");
        times.push(event.at);
    }
    times
}

/// Linux's mcast_solicit and retrans_time_ms: arp(7).
#[test]
fn it_asks_three_times_a_second_apart() {
    let Some(trace) = run() else { return };
    let times = questions(&trace);
    assert_eq!(times.len(), 3, "{}", trace.table());
    for pair in times.windows(2) {
        let gap = pair[1] - pair[0];
        // RFC 1122 §2.3.2.1: at most one a second.
        assert!(gap >= Duration::from_millis(990), "{gap:?}");
    }
}

#[test]
fn then_the_programs_are_told_that_there_is_no_route() {
    let Some(trace) = run() else { return };
    assert_eq!(
        trace.remarks("a"),
        [
            "send_to → Ok(5)",
            "ARP table: 172.16.10.9, INCOMPLETE",
            "recv → No route to host (os error 113)",
            "connect → No route to host (os error 113)",
            "ARP table: 172.16.10.9, FAILED",
        ]
    );
    // Not before a second has passed after the last question.
    let last = *questions(&trace).last().unwrap();
    let told = trace.events.iter().find(|event| {
        matches!(&event.what, What::Remark { text, .. }
            if text.starts_with("recv"))
    });
    let waited = told.unwrap().at.saturating_sub(last);
    assert!(waited >= Duration::from_millis(900), "{waited:?}");
}

#[test]
fn asking_once_takes_a_second_and_fails_the_same() {
    if let Err(why) = probe() {
        return skip(&why).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_nobody"));
    let start = Instant::now();
    let out = command.args(["--requests", "1"]).output().unwrap();
    let took = start.elapsed();
    assert!(out.status.success(), "{out:?}");
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(took >= Duration::from_millis(990), "{took:?}");
    assert!(said.ends_with("requests: 1\n"), "{said}");
    let error = "No route to host (os error 113)";
    assert_eq!(said.matches(error).count(), 2, "{said}");
}
