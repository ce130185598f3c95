//! The lab's trace is read back and judged by RFC 4861 and RFC 4291.

use std::net::Ipv6Addr;
use wirelab::frame::Icmpv6Body;
use wirelab::trace::{Cast, What};
use wirelab::{play, Frame, Mac, Trace};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/neighbour.rs"]
mod neighbour;
use neighbour::{group_mac, solicited_node};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_neighbour")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

fn frames(trace: &Trace) -> [Frame<'_>; 3] {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let frames: Vec<_> = frames.collect();
    frames.try_into().unwrap_or_else(|_| panic!("{}", trace.table()))
}

/// To whom a frame came, and for whom it was.
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

fn ip(text: &str) -> Ipv6Addr {
    text.parse().unwrap()
}

#[test]
fn the_question_goes_to_the_group_of_the_address() {
    let Some(trace) = scene("ipv6") else { return };
    let [question, ..] = frames(&trace);
    let header = question.ipv6().unwrap();
    assert_eq!(header.source, ip("2001:db8:10::1"));
    assert_eq!(header.destination, ip("ff02::1:ff00:2"));
    assert_eq!(header.hop_limit, 255);
    let mac = Mac([0x33, 0x33, 0xff, 0, 0, 2]);
    assert_eq!(question.destination(), Some(mac));
    let icmp = question.icmpv6().unwrap();
    assert_eq!((icmp.kind, icmp.code), (135, 0));
    assert_eq!(
        icmp.body,
        Icmpv6Body::NeighborSolicitation {
            target: ip("2001:db8:10::2"),
            source_mac: Some(Mac::local(1)),
        }
    );
    let group = Cast::Multicast;
    assert_eq!(arrived(&trace, 0), [("b", group), ("c", group)]);
}

#[test]
fn the_answer_goes_to_who_has_asked() {
    let Some(trace) = scene("ipv6") else { return };
    let [_, answer, datagram] = frames(&trace);
    let header = answer.ipv6().unwrap();
    assert_eq!(header.source, ip("2001:db8:10::2"));
    assert_eq!(header.destination, ip("2001:db8:10::1"));
    assert_eq!(header.hop_limit, 255);
    let icmp = answer.icmpv6().unwrap();
    assert_eq!((icmp.kind, icmp.code), (136, 0));
    // Solicited, and to be believed rather than what was known before.
    assert_eq!(icmp.payload[0], 0x60);
    assert_eq!(
        icmp.body,
        Icmpv6Body::NeighborAdvertisement {
            target: ip("2001:db8:10::2"),
            target_mac: Some(Mac::local(2)),
        }
    );
    assert_eq!(arrived(&trace, 1), [("a", Cast::Unicast)]);
    assert_eq!(datagram.destination(), Some(Mac::local(2)));
    assert_eq!(datagram.udp().unwrap().payload, b"hello");
}

#[test]
fn who_is_not_in_the_group_is_not_disturbed() {
    let Some(trace) = scene("ipv6") else { return };
    let b = ["recv → \"hello\"", "solicitations: 1"];
    assert_eq!(trace.remarks("b"), b);
    assert_eq!(trace.remarks("c"), ["solicitations: 0"]);
}

#[test]
fn the_same_sockets_speak_ipv4() {
    let Some(trace) = scene("ipv4") else { return };
    let [question, answer, datagram] = frames(&trace);
    assert_eq!(question.destination(), Some(Mac::BROADCAST));
    assert!(question.arp().is_some() && answer.arp().is_some());
    let header = datagram.ipv4().unwrap();
    assert_eq!(header.destination.to_string(), "172.16.10.2");
    assert_eq!(trace.remarks("b"), ["recv → \"hello\""]);
}

#[test]
fn ipv6_has_no_broadcast() {
    let Some(trace) = scene("ipv6") else { return };
    for frame in frames(&trace) {
        assert_ne!(frame.destination(), Some(Mac::BROADCAST));
    }
}

#[test]
fn the_group_is_made_of_the_last_24_bits() {
    // The example of RFC 4291 §2.7.1.
    let group = solicited_node(ip("4037::01:800:200e:8c6c"));
    assert_eq!(group, ip("ff02::1:ff0e:8c6c"));
    let mac = Mac([0x33, 0x33, 0xff, 0x0e, 0x8c, 0x6c]);
    assert_eq!(group_mac(group), mac);
    // Other bits make no difference.
    let other = solicited_node(ip("2001:db8::aaaa:aa0e:8c6c"));
    assert_eq!(other, group);
}
