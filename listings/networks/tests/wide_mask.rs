//! The lab's trace is read back: who is asked for, by whom, and how often.

use wirelab::frame::ArpOperation;
use wirelab::trace::Trace;
use wirelab::{play, Frame};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_wide_mask")).unwrap()?;
    Some((lab.trace, lab.said))
}

#[test]
fn a_asks_three_times_for_a_host_that_is_not_there() {
    let Some((trace, _)) = run() else { return };
    let mut asked = vec![];
    for (_, sent) in trace.sent() {
        assert_eq!(trace.hosts[sent.host].name, "a");
        let arp = Frame::new(&sent.bytes).arp().unwrap();
        assert_eq!(arp.operation, ArpOperation::Request);
        asked.push(arp.target_ip.to_string());
    }
    // arp(7): mcast_solicit
    assert_eq!(asked, ["172.16.20.3"; 3], "{}", trace.table());
}

#[test]
fn the_router_is_never_used() {
    let Some((trace, said)) = run() else { return };
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    assert_eq!(frames.filter(|f| f.ipv4().is_some()).count(), 0);
    assert!(!said.contains("router →"), "{said}");
}

#[test]
fn the_program_is_told_that_the_host_is_unreachable() {
    let Some((trace, said)) = run() else { return };
    let error = "recv → No route to host (os error 113)";
    assert_eq!(trace.remarks("a"), [error]);
    assert!(said.contains(error), "{said}");
}
