//! The lab's trace is read back and judged by RFC 1122 §3.3.1.1.

use wirelab::frame::ArpOperation;
use wirelab::{play, Frame, Mac, Trace};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_off_link")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// What a host sent.
fn sent<'a>(trace: &'a Trace, host: &str) -> Vec<Frame<'a>> {
    let sent = trace.sent().map(|(_, sent)| sent);
    let own = sent.filter(|sent| trace.hosts[sent.host].name == host);
    own.map(|sent| Frame::new(&sent.bytes)).collect()
}

/// For whom a host asked.
fn asked(trace: &Trace, host: &str) -> Vec<String> {
    let asked = sent(trace, host).into_iter().filter_map(|frame| {
        let arp = frame.arp()?;
        let request = arp.operation == ArpOperation::Request;
        request.then(|| arp.target_ip.to_string())
    });
    asked.collect()
}

#[test]
fn a_host_asks_for_its_router_and_never_for_a_far_destination() {
    let Some((trace, said)) = run() else { return };
    assert_eq!(asked(&trace, "a"), ["172.16.10.254"]);
    // Who is on d's link asks for d.
    assert_eq!(asked(&trace, "router"), ["172.16.20.2"]);
    assert_eq!(asked(&trace, "d"), [""; 0]);

    let frames = sent(&trace, "a");
    let datagram = &frames[1];
    let router = trace.hosts[1].interfaces[0].mac;
    assert_eq!(router, Mac::local(2));
    assert_eq!(datagram.destination(), Some(router));
    let packet = datagram.ipv4().unwrap();
    assert_eq!(packet.destination.to_string(), "172.16.20.2");
    for line in [
        "a asks for        172.16.10.254",
        "its packet is for 172.16.20.2",
        "its frame is for  02:00:00:00:00:02",
    ] {
        assert!(said.contains(line), "{said}");
    }
    let table = "ARP table: 172.16.10.254 is at 02:00:00:00:00:02, \
                 REACHABLE";
    assert_eq!(trace.remarks("a")[0], table);
}

#[test]
fn arp_lies_in_ethernet_and_not_in_ip() {
    let Some((trace, said)) = run() else { return };
    let frames: Vec<_> =
        trace.sent().map(|(_, sent)| Frame::new(&sent.bytes)).collect();
    let (arp, other): (Vec<_>, Vec<_>) =
        frames.iter().partition(|frame| frame.arp().is_some());
    assert_eq!((arp.len(), other.len()), (4, 4));
    for frame in arp {
        assert_eq!(frame.bytes()[12..14], [0x08, 0x06]);
        // Hardware type Ethernet, protocol type IPv4: no version 4, no
        // header of IP.
        assert_eq!(frame.bytes()[14..18], [0, 1, 8, 0]);
        assert_eq!(frame.bytes().len(), 14 + 28);
        assert!(frame.ipv4().is_none() && frame.ipv6().is_none());
    }
    for frame in other {
        assert_eq!(frame.bytes()[12..14], [0x08, 0x00]);
        assert!(frame.ipv4().is_some());
    }
    assert!(said.contains("08 06  ARP"), "{said}");
    assert!(said.contains("08 00  IPv4"), "{said}");
}

/// RFC 826: who is asked writes down who asks, before it looks at the
/// question.
#[test]
fn who_was_asked_need_not_ask() {
    let Some((trace, _)) = run() else { return };
    let back = trace.scene("back").unwrap();
    let frames = back.sent().map(|(_, s)| Frame::new(&s.bytes));
    let frames: Vec<_> = frames.collect();
    assert_eq!(frames.len(), 2, "{}", back.table());
    for frame in &frames {
        assert_eq!(frame.payload(), Some(&b"welcome"[..]));
    }
    // d's goes to the router, the router's to a.
    let to = frames.iter().map(|frame| frame.destination().unwrap());
    assert_eq!(to.collect::<Vec<_>>(), [Mac::local(3), Mac::local(1)]);
    assert_eq!(trace.remarks("a")[1], "recv → \"welcome\"");
}
