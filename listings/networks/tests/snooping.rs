//! The lab's trace is read back, and judged by RFC 4541 §2.1.

use wirelab::trace::Trace;
use wirelab::{play, Frame};

fn run() -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_snooping")).unwrap()?;
    Some(lab.trace)
}

/// The question, the report and the datagram, and who got each.
fn frames(trace: &Trace) -> [(Frame<'_>, Vec<&str>); 3] {
    let sent = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let to = trace.summaries().into_iter().map(|mut frame| {
        frame.to.sort_unstable();
        let names = frame.to.iter().map(|h| &*trace.hosts[*h].name);
        names.collect()
    });
    let frames: Vec<_> = sent.zip(to).collect();
    frames.try_into().unwrap_or_else(|_| panic!("{}", trace.table()))
}

#[test]
fn a_switch_that_snoops_spares_who_has_not_joined() {
    let Some(trace) = run() else { return };
    let [_, _, (datagram, to)] = frames(&trace);
    assert_eq!(datagram.payload(), Some(&b"to the group"[..]));
    // §2.1.2 1): to members and to routers.
    assert_eq!(to, ["b", "router"], "{}", trace.table());
    assert_eq!(trace.remarks("b"), ["recv → \"to the group\""]);
}

#[test]
fn a_router_asks_and_the_member_answers() {
    let Some(trace) = run() else { return };
    let [(query, to), (report, _), _] = frames(&trace);
    assert_eq!(query.igmp().unwrap().kind, 0x11);
    assert_eq!(to, ["a", "b", "c"]);
    let ip = query.ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "224.0.0.1");
    assert_eq!(ip.ttl, 1);
    assert!(wirelab::frame::bad_checksums(query.bytes()).is_empty());
    let groups = report.igmp().unwrap().groups;
    assert_eq!(groups, [std::net::Ipv4Addr::new(239, 1, 2, 3)]);
}

/// §2.1.1 1) would have it sent to routers alone.
#[test]
fn linux_floods_the_report_of_igmpv3() {
    let Some(trace) = run() else { return };
    let [_, (report, to), _] = frames(&trace);
    assert_eq!(report.igmp().unwrap().kind, 0x22);
    assert_eq!(to, ["a", "c", "router"], "{}", trace.table());
}
