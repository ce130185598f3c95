//! The lab's trace is read back: which frames were there, and what the
//! client met after which of them.

use std::net::{IpAddr, Ipv4Addr};
use wirelab::trace::{Cast, What};
use wirelab::{frame::bad_checksums, play, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_udp_refused")).unwrap()
}

#[test]
fn every_datagram_is_answered_by_port_unreachable() {
    let Some(lab) = lab() else { return };
    let client = IpAddr::from(Ipv4Addr::new(172, 16, 10, 1));
    let server = IpAddr::from(Ipv4Addr::new(172, 16, 10, 2));
    let frames: Vec<_> = lab.trace.sent().map(|(_, s)| s).collect();
    assert_eq!(frames.len(), 4, "{}", lab.trace.table());
    for pair in frames.chunks(2) {
        let [datagram, answer] = [&pair[0], &pair[1]].map(|sent| {
            assert_eq!(bad_checksums(&sent.bytes), [""; 0]);
            (sent.host, Frame::new(&sent.bytes))
        });
        assert_eq!(datagram.0, 0);
        let udp = datagram.1.udp().expect("a datagram");
        assert_eq!(udp.source_port, 5000);
        assert_eq!(udp.destination_port, 7000);
        assert_eq!(udp.payload, b"hello");

        assert_eq!(answer.0, 1);
        assert_eq!(answer.1.addresses(), Some((server, client)));
        let icmp = answer.1.icmp().expect("an answer by ICMP");
        assert_eq!((icmp.kind, icmp.code), (3, 3));
        let quote = icmp.quote.expect("a quote");
        assert_eq!((quote.source, quote.destination), (client, server));
        assert_eq!(quote.protocol, 17);
        assert_eq!(quote.ports, Some((5000, 7000)));
    }
}

#[test]
fn only_the_connected_socket_is_told_and_only_afterwards() {
    let Some(lab) = lab() else { return };
    let name = |host: usize| &*lab.trace.hosts[host].name;
    let story =
        lab.trace.events.iter().map(|event| match &event.what {
            What::Scene(scene) => format!("scene {scene}"),
            What::Sent(sent) => format!("{} sends", name(sent.host)),
            What::Arrived(arrived) => {
                assert_eq!(arrived.cast, Cast::Unicast);
                assert_eq!(arrived.changed, None);
                format!("{} gets {}", name(arrived.host), arrived.frame)
            }
            What::Remark { host, text } => {
                format!("{}: {text}", name(*host))
            }
            What::State { .. } => panic!("UDP has no states"),
        });
    assert_eq!(
        story.collect::<Vec<_>>(),
        [
            "scene unconnected",
            "client: send_to 172.16.10.2:7000",
            "client sends",
            "server gets 0",
            "server sends",
            "client gets 1",
            "client: recv would wait",
            "scene connected",
            "client: connect, send to 172.16.10.2:7000",
            "client sends",
            "server gets 2",
            "server sends",
            "client gets 3",
            "client: recv → Connection refused",
        ]
    );
}

#[test]
fn it_prints_what_each_socket_met() {
    let Some(lab) = lab() else { return };
    let (unconnected, connected) =
        lab.said.split_once("\nconnected\n").expect("two parts");
    assert!(unconnected.contains("send_to: Ok(5)"), "{unconnected}");
    assert!(unconnected.contains("recv: would wait"), "{unconnected}");
    assert!(unconnected.contains("take_error: None"), "{unconnected}");
    assert!(connected.contains("send: Ok(5)"), "{connected}");
    assert!(
        connected.contains("recv: Connection refused"),
        "{connected}"
    );
}
