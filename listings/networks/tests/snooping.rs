//! The lab's trace is read back, and judged by RFC 4541 §2.1.

use wirelab::trace::Trace;
use wirelab::{play, Frame};

fn run() -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_snooping")).unwrap()?;
    Some(lab.trace)
}

/// Each frame of a scene, and who got it.
fn frames(trace: &Trace) -> Vec<(Frame<'_>, Vec<&str>)> {
    let sent = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let to = trace.summaries().into_iter().map(|mut frame| {
        frame.to.sort_unstable();
        let names = frame.to.iter().map(|h| &*trace.hosts[*h].name);
        names.collect()
    });
    sent.zip(to).collect()
}

#[test]
fn a_switch_that_snoops_spares_who_has_not_joined() {
    let Some(trace) = run() else { return };
    let joined = trace.scene("joined").unwrap();
    let frames = frames(&joined);
    let (datagram, to) = frames.last().unwrap();
    assert_eq!(datagram.payload(), Some(&b"to the group"[..]));
    // §2.1.2 1): to members and to routers.
    assert_eq!(to, &["b", "router"], "{}", joined.table());
    let met = joined.remarks("b");
    assert_eq!(met.last(), Some(&"recv → \"to the group\""));
}

#[test]
fn it_begins_when_a_router_has_asked() {
    let Some(trace) = run() else { return };
    let asked = trace.scene("asked").unwrap();
    let frames = frames(&asked);
    let [(query, to)] = &frames[..] else {
        panic!("{}", asked.table());
    };
    assert_eq!(query.igmp().unwrap().kind, 0x11);
    assert_eq!(to, &["a", "b", "c"]);
    let ip = query.ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "224.0.0.1");
    assert_eq!(ip.ttl, 1);
    assert!(wirelab::frame::bad_checksums(query.bytes()).is_empty());
}

/// §2.1.1 1) would have it sent to routers alone. Linux does so with reports
/// of IGMPv1 and IGMPv2.
#[test]
fn linux_floods_the_report_of_igmpv3() {
    let Some(trace) = run() else { return };
    let joined = trace.scene("joined").unwrap();
    let frames = frames(&joined);
    let (report, to) = &frames[0];
    assert_eq!(report.igmp().unwrap().kind, 0x22);
    assert_eq!(to, &["a", "c", "router"], "{}", joined.table());
}
