//! The lab's trace is read back and judged by what RFC 826 asks for.

use wirelab::frame::{Arp, ArpOperation};
use wirelab::trace::{Cast, Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_arp_watch")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// Who took a frame in, and for whose.
fn arrived(trace: &Trace, frame: usize) -> Vec<(&str, Cast)> {
    let mut hosts = vec![];
    for event in &trace.events {
        if let What::Arrived(a) = &event.what {
            if a.frame == frame {
                hosts.push((&*trace.hosts[a.host].name, a.cast));
            }
        }
    }
    hosts.sort_by_key(|(name, _)| *name);
    hosts
}

#[test]
fn a_question_to_all_is_answered_to_one() {
    let Some((trace, _)) = run() else { return };
    let frames: Vec<_> =
        trace.sent().map(|(_, sent)| Frame::new(&sent.bytes)).collect();
    let [question, answer, datagram] = &frames[..] else {
        panic!("{}", trace.table());
    };
    let [a, b] = [1, 2].map(|n| {
        (Mac::local(n), format!("172.16.10.{n}").parse().unwrap())
    });
    let asked = Arp {
        operation: ArpOperation::Request,
        sender_mac: a.0,
        sender_ip: a.1,
        target_mac: Mac([0; 6]),
        target_ip: b.1,
    };
    assert_eq!(question.destination(), Some(Mac::BROADCAST));
    assert_eq!(question.arp(), Some(asked));
    let answered = Arp {
        operation: ArpOperation::Reply,
        sender_mac: b.0,
        sender_ip: b.1,
        target_mac: a.0,
        target_ip: a.1,
    };
    assert_eq!(answer.source(), Some(b.0));
    assert_eq!(answer.destination(), Some(a.0));
    assert_eq!(answer.arp(), Some(answered));
    assert_eq!(datagram.destination(), Some(b.0));
    assert_eq!(datagram.udp().unwrap().payload, b"hello");

    let all = Cast::Broadcast;
    assert_eq!(arrived(&trace, 0), [("b", all), ("c", all)]);
    assert_eq!(arrived(&trace, 1), [("a", Cast::Unicast)]);
    assert_eq!(arrived(&trace, 2), [("b", Cast::Unicast)]);
}

#[test]
fn the_table_is_empty_before_and_has_b_afterwards() {
    let Some((trace, said)) = run() else { return };
    let events = trace.events.iter().map(|event| &event.what);
    let events: Vec<_> = events.collect();
    let table = |what: &What| match what {
        What::Remark { host, text } => {
            let text = text.strip_prefix("ARP table: ")?;
            assert_eq!(trace.hosts[*host].name, "a");
            Some(text.to_owned())
        }
        _ => None,
    };
    let after = "172.16.10.2 is at 02:00:00:00:00:02";
    assert_eq!(
        events.iter().filter_map(|e| table(e)).collect::<Vec<_>>(),
        ["empty", after]
    );
    // One before every frame, one behind every frame.
    assert!(table(events[0]).is_some(), "{}", trace.table());
    let last = events.last().unwrap();
    assert!(table(last).is_some(), "{}", trace.table());
    assert!(said.contains("ARP table: empty"), "{said}");
    assert!(said.contains(&format!("ARP table: {after}")), "{said}");
}
