//! The lab's trace is read back, and every frame is read by another decoder
//! as well.

use layers::classify::{guess, numbers};
use std::net::IpAddr;
use wirelab::frame::bad_checksums;
use wirelab::{play, Frame, Trace};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_protocols")).unwrap()?;
    Some((lab.trace, lab.said))
}

fn frames(trace: &Trace) -> Vec<Vec<u8>> {
    trace.sent().map(|(_, sent)| sent.bytes.clone()).collect()
}

/// The frames of which the table says so.
fn named(trace: &Trace, name: &str) -> Vec<Vec<u8>> {
    let mut frames = frames(trace);
    frames
        .retain(|bytes| numbers(bytes).unwrap().0.to_string() == name);
    frames
}

#[test]
fn the_table_counts_every_frame_once() {
    let Some((trace, said)) = run() else { return };
    let words = |line: &str| -> Vec<String> {
        line.split_whitespace().map(str::to_owned).collect()
    };
    let rows: Vec<_> = said.lines().skip(1).map(words).collect();
    let names =
        ["ARP", "ICMP", "DNS?", "NDP", "DNS?", "HTTP?", "HTTPS?"];
    let names = names.iter().chain(&["IGMP", "MLD"]);
    assert_eq!(rows.len(), names.clone().count(), "{said}");
    let mut total = 0;
    for (row, name) in rows.iter().zip(names) {
        let at = row.iter().position(|cell| cell == name).expect(name);
        total += row[at + 1].parse::<usize>().unwrap();
    }
    assert_eq!(total, trace.sent().count());
}

#[test]
fn another_decoder_finds_the_same_numbers() {
    let Some((trace, _)) = run() else { return };
    for bytes in frames(&trace) {
        let (found, data) = numbers(&bytes).unwrap();
        let frame = Frame::new(&bytes);
        assert_eq!(frame.ethertype(), Some(found.ethertype));
        let ip = frame.ipv4().map(|ip| ip.protocol);
        let ip = ip.or(frame.ipv6().map(|ip| ip.protocol));
        assert_eq!(ip, found.protocol);
        let ports =
            frame.tcp().map(|t| (t.source_port, t.destination_port));
        let ports = ports.or(frame
            .udp()
            .map(|u| (u.source_port, u.destination_port)));
        assert_eq!(ports.map(|(a, b)| a.min(b)), found.port);
        assert_eq!(frame.payload().unwrap_or_default(), data);
        assert_eq!(bad_checksums(&bytes), [""; 0]);
    }
}

#[test]
fn arp_is_in_no_packet_and_neighbor_discovery_is() {
    let Some((trace, _)) = run() else { return };
    let arp = named(&trace, "ARP");
    assert_eq!(arp.len(), 2);
    for bytes in arp {
        assert_eq!(Frame::new(&bytes).addresses(), None);
    }
    let neighbours = named(&trace, "NDP");
    assert_eq!(neighbours.len(), 2);
    for bytes in neighbours {
        assert_eq!(Frame::new(&bytes).ipv6().unwrap().protocol, 58);
    }
}

#[test]
fn icmp_and_igmp_are_in_packets_and_have_no_ports() {
    let Some((trace, _)) = run() else { return };
    for (name, protocol, frames) in [("ICMP", 1, 2), ("IGMP", 2, 1)] {
        let named = named(&trace, name);
        assert_eq!(named.len(), frames);
        for bytes in named {
            let found = numbers(&bytes).unwrap().0;
            assert_eq!(
                (found.protocol, found.port),
                (Some(protocol), None)
            );
        }
    }
}

#[test]
fn port_443_names_https_and_the_bytes_are_http() {
    let Some((trace, _)) = run() else { return };
    let looks = |name| -> Vec<&str> {
        let named = named(&trace, name);
        let all = named.iter().map(|b| guess(numbers(b).unwrap().1));
        all.filter(|looks| !looks.is_empty()).collect()
    };
    assert_eq!(looks("HTTP?"), ["HTTP", "HTTP"]);
    assert_eq!(looks("HTTPS?"), ["HTTP", "HTTP"]);
    assert_eq!(looks("DNS?"), ["DNS"; 4]);
}

/// What a browser would send to port 443 begins so.
#[test]
fn tls_looks_otherwise() {
    assert_eq!(guess(&[22, 3, 1, 2, 0, 1, 0, 1, 252, 3, 3]), "TLS");
    assert_eq!(guess(b"GET / HTTP/1.0\r\n\r\n"), "HTTP");
    assert_eq!(guess(b"hello"), "?");
}

/// Exercise 1.
#[test]
fn a_port_without_a_name_hides_nothing() {
    let Some((trace, _)) = run() else { return };
    let mut seen = 0;
    for mut bytes in named(&trace, "HTTP?") {
        // Behind Ethernet and IPv4: both ports.
        for at in [34, 36] {
            if bytes[at..at + 2] == 80_u16.to_be_bytes() {
                bytes[at..at + 2]
                    .copy_from_slice(&8080_u16.to_be_bytes());
            }
        }
        let (found, data) = numbers(&bytes).unwrap();
        assert_eq!(
            (found.to_string(), found.port),
            ("?".into(), Some(8080))
        );
        seen += usize::from(guess(data) == "HTTP");
    }
    assert_eq!(seen, 2);
}

/// Exercise 2.
#[test]
fn four_of_them_never_pass_a_router() {
    let Some((trace, _)) = run() else { return };
    for bytes in named(&trace, "ARP") {
        assert!(Frame::new(&bytes).addresses().is_none());
    }
    for bytes in named(&trace, "IGMP") {
        assert_eq!(Frame::new(&bytes).ipv4().unwrap().ttl, 1);
    }
    for bytes in named(&trace, "MLD") {
        assert_eq!(Frame::new(&bytes).ipv6().unwrap().hop_limit, 1);
    }
    // Only what has passed no router has 255.
    for bytes in named(&trace, "NDP") {
        assert_eq!(Frame::new(&bytes).ipv6().unwrap().hop_limit, 255);
    }
    let dns = named(&trace, "DNS?");
    let (from, _) = Frame::new(&dns[0]).addresses().unwrap();
    assert_eq!(from, IpAddr::from([172, 16, 10, 1]));
    assert!(Frame::new(&dns[0]).ipv4().unwrap().ttl > 1);
}

/// However it is cut, it is read or refused.
#[test]
fn no_cut_makes_it_panic() {
    let Some((trace, _)) = run() else { return };
    for bytes in frames(&trace) {
        for end in 0..bytes.len() {
            if let Some((found, _)) = numbers(&bytes[..end]) {
                assert!(end >= 14, "{found:?}");
            }
        }
    }
}
