//! The lab's trace is read back: who is on the cable at the same time.

use wirelab::trace::{Trace, What};
use wirelab::{play, Frame};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_shared_cable")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

/// What was sent before anything arrived: the sender, its port, and the
/// data.
fn in_the_cable(trace: &Trace) -> Vec<(usize, u16, String)> {
    let events = trace.events.iter();
    let before =
        events.take_while(|e| !matches!(e.what, What::Arrived(_)));
    before
        .filter_map(|e| match &e.what {
            What::Sent(sent) => {
                let frame = Frame::new(&sent.bytes);
                let udp = frame.udp().map(|d| d.source_port);
                let port = frame.tcp().map(|s| s.source_port);
                let said = frame.payload().unwrap();
                let said = String::from_utf8_lossy(said).into_owned();
                Some((sent.host, port.or(udp).unwrap(), said))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn segments_cross_in_both_directions() {
    let Some(trace) = scene("both_ways") else { return };
    let there = in_the_cable(&trace);
    let [(0, _, client), (1, 7000, server)] = &there[..] else {
        panic!("{there:?}");
    };
    assert_eq!(client, "from the client");
    assert_eq!(server, "from the server");
    assert_eq!(trace.remarks("client")[1], "read \"from the server\"");
    assert_eq!(trace.remarks("server")[1], "read \"from the client\"");
}

#[test]
fn each_direction_counts_its_own_bytes() {
    let Some(trace) = scene("both_ways") else { return };
    let segments: Vec<_> = trace
        .sent()
        .map(|(_, sent)| (sent.host, Frame::new(&sent.bytes)))
        .filter_map(|(host, frame)| Some((host, frame.tcp()?)))
        .collect();
    let [(0, ours), (1, theirs), (1, ack), (0, other_ack)] =
        &segments[..]
    else {
        panic!("{}", trace.table());
    };
    assert_ne!(ours.sequence, theirs.sequence);
    let after = |number: u32| number.wrapping_add(15);
    assert_eq!(ack.acknowledgment, after(ours.sequence));
    assert_eq!(other_ack.acknowledgment, after(theirs.sequence));
}

#[test]
fn two_connections_and_a_datagram_share_the_cable() {
    let Some(trace) = scene("shared") else { return };
    let there = in_the_cable(&trace);
    let ports: Vec<_> =
        there.iter().map(|(_, port, _)| *port).collect();
    let said: Vec<_> = there.iter().map(|(.., said)| &**said).collect();
    assert_eq!(
        said,
        ["one: first", "two: first", "datagram", "one: second"]
    );
    assert_eq!(ports[0], ports[3]);
    assert_ne!(ports[0], ports[1]);
    assert_eq!(ports[2], 5000);
    assert!(trace.summaries().iter().all(|frame| !frame.lost));
    assert_eq!(trace.sent().count(), 7, "{}", trace.table());
}
