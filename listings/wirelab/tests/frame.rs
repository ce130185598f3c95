//! What the bytes of frames mean, and that no bytes do harm.

mod made;

use etherparse::PacketBuilder;
use made::vectors::{self, bytes};
use made::Numbers;
use std::net::Ipv4Addr;
use wirelab::frame::{
    bad_checksums, layers, Arp, ArpOperation, Flags, Frame, Icmpv6Body,
    Layer, EXPERIMENTAL,
};
use wirelab::Mac;

/// `layer: field = value` for each field.
fn said(frame: &[u8]) -> Vec<String> {
    let mut said = Vec::new();
    for layer in layers(frame) {
        for field in layer.fields {
            said.push(format!(
                "{}: {} = {}",
                layer.name, field.name, field.value
            ));
        }
    }
    said
}

fn has(frame: &[u8], lines: &[&str]) {
    let said = said(frame);
    for line in lines {
        assert!(said.iter().any(|s| s == line), "{line}\n{said:#?}");
    }
}

/// Layers and fields follow each other and leave no byte out.
fn check_cover(frame: &[u8], layers: &[Layer]) {
    let mut at = 0;
    for layer in layers {
        assert_eq!(layer.at.start, at, "{layer:?}");
        assert!(!layer.fields.is_empty(), "{layer:?}");
        for field in &layer.fields {
            let range = &field.at;
            assert!(range.start <= at && range.start >= layer.at.start);
            assert!(range.end >= at && range.end <= frame.len());
            at = at.max(range.end);
        }
        assert_eq!(layer.at.end, at, "{layer:?}");
    }
    assert_eq!(at, frame.len(), "{layers:#?}");
}

/// Asks everything there is to be asked.
fn ask_all(bytes: &[u8]) {
    check_cover(bytes, &layers(bytes));
    bad_checksums(bytes);
    let frame = Frame::new(bytes);
    let _ = (frame.source(), frame.destination(), frame.ethertype());
    let _ = (frame.arp(), frame.ipv4(), frame.ipv6(), frame.tcp());
    let _ = (frame.udp(), frame.icmp(), frame.icmpv6(), frame.igmp());
    let _ = (frame.payload(), frame.addresses());
}

fn valid() -> Vec<Vec<u8>> {
    let mut all: Vec<_> = vectors::ALL.into_iter().map(bytes).collect();
    all.push(made::arp(true, false));
    all.push(made::arp(false, true));
    all.push(made::tcp(true, "P", 1, Some(1), b"question"));
    // One with a VLAN tag.
    let mut tagged = bytes(vectors::UDP);
    tagged.splice(12..12, [0x81, 0, 0x20, 7]);
    all.push(tagged);
    all
}

#[test]
fn any_prefix_is_covered_and_a_cut_one_says_so() {
    for frame in valid() {
        for end in 0..frame.len() {
            let prefix = &frame[..end];
            ask_all(prefix);
            let said = said(prefix).join("\n");
            // All but padding is part of what the packet says it has.
            let whole = Frame::new(prefix).arp().is_some();
            assert_eq!(said.contains("cut: "), !whole, "{said}");
        }
        ask_all(&frame);
        let said = said(&frame).join("\n");
        assert!(!said.contains("cut: "), "{said}");
    }
}

#[test]
fn no_bytes_make_it_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let frames = valid();
    for _ in 0..20_000 {
        let frame = &frames[numbers.below(frames.len())];
        ask_all(&numbers.mutate(frame));
    }
    for length in 0..2_000 {
        let mut noise: Vec<u8> = (0..length % 200)
            .map(|_| numbers.below(256) as u8)
            .collect();
        // Of a kind that is looked into.
        let kinds = [[8, 0], [8, 6], [0x86, 0xdd], [0x81, 0]];
        if let Some(kind) = noise.get_mut(12..14) {
            kind.copy_from_slice(&kinds[numbers.below(4)]);
        }
        ask_all(&noise);
    }
}

#[test]
fn arp() {
    let request = made::arp(true, true);
    let arp = Frame::new(&request).arp().unwrap();
    let expected = Arp {
        operation: ArpOperation::Request,
        sender_mac: Mac::local(1),
        sender_ip: made::CLIENT_IP.into(),
        target_mac: Mac([0; 6]),
        target_ip: made::SERVER_IP.into(),
    };
    assert_eq!(arp, expected);
    let reply = made::arp(false, false);
    let arp = Frame::new(&reply).arp().unwrap();
    assert_eq!(arp.operation, ArpOperation::Reply);
    assert_eq!(arp.sender_mac, Mac::local(2));
    let frame = Frame::new(&request);
    assert_eq!(frame.destination(), Some(Mac::BROADCAST));
    assert_eq!(frame.source(), Some(Mac::local(1)));
    assert_eq!(frame.ethertype(), Some(0x806));
    has(
        &request,
        &[
            "Ethernet: destination = ff:ff:ff:ff:ff:ff",
            "Ethernet: ethertype = 0x0806 (ARP)",
            "ARP: operation = 1 (request)",
            "ARP: sender hardware address = 02:00:00:00:00:01",
            "ARP: target protocol address = 172.16.10.2",
            "Padding: padding = 18 bytes, all zero",
        ],
    );
}

#[test]
fn tcp_with_options() {
    let syn = bytes(vectors::SYN);
    let frame = Frame::new(&syn);
    let tcp = frame.tcp().unwrap();
    assert_eq!((tcp.source_port, tcp.destination_port), (40001, 7000));
    assert_eq!(tcp.sequence, 0xffff_fff0);
    assert_eq!(tcp.window, 64240);
    assert_eq!(tcp.flags, Flags { syn: true, ..Default::default() });
    assert_eq!(tcp.length(), 1);
    let ip = frame.ipv4().unwrap();
    assert_eq!((ip.ttl, ip.id, ip.protocol), (64, 0x1c46, 6));
    assert!(ip.dont_fragment && !ip.is_fragment());
    has(
        &syn,
        &[
            "IPv4: version = 4",
            "IPv4: internet header length = 5 (20 bytes)",
            "IPv4: total length = 60",
            "IPv4: flags = don't fragment",
            "IPv4: time to live = 64",
            "IPv4: protocol = 6 (TCP)",
            "IPv4: header checksum = 0xb252 (right)",
            "IPv4: source address = 172.16.10.1",
            "TCP: source port = 40001",
            "TCP: sequence number = 4294967280",
            "TCP: data offset = 10 (40 bytes)",
            "TCP: control bits = SYN",
            "TCP: checksum = 0x471f (right)",
            "TCP: maximum segment size = 1460 bytes",
            "TCP: SACK permitted = yes",
            "TCP: timestamps = value 123456, echo 0",
            "TCP: no-operation = 1",
            "TCP: window scale = 7 (times 128)",
        ],
    );
    let of = |name| {
        let all = layers(&syn);
        let mut fields = all.iter().flat_map(|layer| &layer.fields);
        fields.find(|field| field.name == name).unwrap().at.clone()
    };
    assert_eq!(of("time to live"), 22..23);
    assert_eq!(of("sequence number"), 38..42);
    assert_eq!(of("control bits"), 47..48);
    assert_eq!(of("window scale"), 71..74);
}

#[test]
fn flags_as_people_write_them() {
    let flags = |byte| Flags::from_byte(byte).to_string();
    assert_eq!(flags(0x12), "SYN ACK");
    assert_eq!(flags(0x11), "FIN ACK");
    assert_eq!(flags(0x18), "PSH ACK");
    assert_eq!(flags(0x14), "RST ACK");
    assert_eq!(flags(0x29), "FIN PSH URG");
    assert_eq!(flags(0), "none");
}

#[test]
fn udp() {
    let frame = bytes(vectors::UDP);
    let udp = Frame::new(&frame).udp().unwrap();
    assert_eq!((udp.source_port, udp.destination_port), (5000, 7));
    assert_eq!(udp.payload, b"question");
    has(
        &frame,
        &[
            "UDP: length = 16",
            "UDP: checksum = 0xc55a (right)",
            "Payload: data = “question” · 8 bytes",
        ],
    );
}

#[test]
fn icmp_and_what_it_is_about() {
    let frame = bytes(vectors::ICMP);
    let icmp = Frame::new(&frame).icmp().unwrap();
    assert_eq!((icmp.kind, icmp.code), (3, 3));
    let quote = icmp.quote.unwrap();
    assert_eq!(quote.ports, Some((5000, 7)));
    let about = "UDP 172.16.10.1:5000 → 172.16.10.2:7";
    assert_eq!(quote.to_string(), about);
    has(
        &frame,
        &[
            "ICMP: type = 3 (port unreachable)",
            &format!("ICMP: quoted packet = {about}"),
        ],
    );
    // The least that RFC 792 asks for: eight bytes of the datagram.
    let mut least = frame[..14 + 20 + 8 + 20 + 8].to_vec();
    let total = least.len() as u16 - 14;
    least[16..18].copy_from_slice(&total.to_be_bytes());
    let quote = Frame::new(&least).icmp().unwrap().quote.unwrap();
    assert_eq!(quote.ports, Some((5000, 7)));
}

#[test]
fn neighbors_of_ipv6() {
    let ns = bytes(vectors::NS);
    let body = Frame::new(&ns).icmpv6().unwrap().body;
    let target = "fe80::2".parse().unwrap();
    let source_mac = Some(Mac::local(1));
    let expected =
        Icmpv6Body::NeighborSolicitation { target, source_mac };
    assert_eq!(body, expected);
    let na = bytes(vectors::NA);
    let body = Frame::new(&na).icmpv6().unwrap().body;
    let target_mac = Some(Mac::local(2));
    let expected =
        Icmpv6Body::NeighborAdvertisement { target, target_mac };
    assert_eq!(body, expected);
    has(
        &na,
        &[
            "IPv6: payload length = 32",
            "IPv6: hop limit = 255",
            "IPv6: destination address = fe80::1",
            "ICMPv6: type = 136 (neighbor advertisement)",
            "ICMPv6: checksum = 0x181a (right)",
            "ICMPv6: flags = solicited, override",
            "ICMPv6: target address = fe80::2",
            "ICMPv6: target link-layer address = 02:00:00:00:00:02",
        ],
    );
}

#[test]
fn groups() {
    let mld = bytes(vectors::MLD);
    let body = Frame::new(&mld).icmpv6().unwrap().body;
    let groups = vec!["ff02::1:ff00:2".parse().unwrap()];
    assert_eq!(body, Icmpv6Body::ListenerReport { groups });
    has(&mld, &["ICMPv6: multicast address = ff02::1:ff00:2"]);
    let igmp = bytes(vectors::IGMP);
    let igmp_groups = Frame::new(&igmp).igmp().unwrap().groups;
    assert_eq!(igmp_groups, [Ipv4Addr::new(239, 1, 2, 3)]);
    has(&igmp, &["IGMP: multicast address = 239.1.2.3"]);
}

#[test]
fn a_flipped_bit_is_noticed() {
    for frame in
        valid().iter().filter(|f| Frame::new(f).arp().is_none())
    {
        assert_eq!(bad_checksums(frame), [""; 0]);
    }
    let flips = [
        (vectors::SYN, 22, "IPv4 header"), // the time to live
        (vectors::SYN, 38, "TCP"),
        (vectors::SYN, 71, "TCP"), // an option
        (vectors::UDP, 45, "UDP"),
        (vectors::ICMP, 38, "ICMP"),
        (vectors::NS, 60, "ICMPv6"),
        (vectors::MLD, 23, "ICMPv6"), // the source address
        (vectors::IGMP, 53, "IGMP"),
    ];
    for (hex, at, of) in flips {
        for bit in 0..8 {
            let mut frame = bytes(hex);
            frame[at] ^= 1 << bit;
            let bad = bad_checksums(&frame);
            assert_eq!(bad.len(), 1, "{at}: {bad:?}");
            assert!(bad[0].starts_with(&format!("{of} checksum is 0x")));
        }
    }
    // It says what would be right.
    let mut frame = bytes(vectors::SYN);
    frame[50] ^= 0x80;
    let text = "TCP checksum is 0xc71f, not 0x471f";
    assert_eq!(bad_checksums(&frame), [text]);
    has(&frame, &["TCP: checksum = 0xc71f (wrong: 0x471f)"]);
}

#[test]
fn a_sum_of_zero_may_be_sent_as_its_twin() {
    let mut frame = bytes(vectors::SYN);
    // What the checksum makes up for, once more: the urgent pointer.
    frame.copy_within(50..52, 52);
    for either in [0x00, 0xff] {
        frame[50..52].fill(either);
        assert_eq!(bad_checksums(&frame), [""; 0]);
    }
    frame[51] = 0xfe;
    let text = "TCP checksum is 0xfffe, not 0x0000";
    assert_eq!(bad_checksums(&frame), [text]);
}

#[test]
fn udp_may_do_without_a_checksum() {
    let mut frame = bytes(vectors::UDP);
    frame[40..42].fill(0);
    assert_eq!(bad_checksums(&frame), [""; 0]);
    // But not over IPv6.
    let mut frame = Vec::new();
    PacketBuilder::ethernet2(made::CLIENT_MAC, made::SERVER_MAC)
        .ipv6([1; 16], [2; 16], 64)
        .udp(5000, 7)
        .write(&mut frame, b"question")
        .unwrap();
    assert_eq!(bad_checksums(&frame), [""; 0]);
    frame[60..62].fill(0);
    assert!(
        bad_checksums(&frame)[0].starts_with("UDP checksum is 0x0000")
    );
    // And a sum of 0 is sent as its twin.
    let frame = made::udp(5000, 7, &[0, 0]);
    let frame = made::udp(5000, 7, &frame[40..42]);
    assert_eq!(frame[40..42], [0xff, 0xff]);
    assert_eq!(bad_checksums(&frame), [""; 0]);
}

#[test]
fn a_fragment_has_no_ports() {
    for (at, bits) in [(20, 0x20), (21, 1)] {
        let mut frame = bytes(vectors::UDP);
        frame[at] |= bits;
        assert!(Frame::new(&frame).ipv4().unwrap().is_fragment());
        assert_eq!(Frame::new(&frame).udp(), None);
        let names: Vec<_> =
            layers(&frame).iter().map(|l| l.name).collect();
        assert_eq!(names, ["Ethernet", "IPv4", "Payload"]);
    }
}

#[test]
fn what_a_program_put_into_a_frame_is_its_payload() {
    let mut frame = [[0xff; 6], Mac::local(1).0].concat();
    frame.extend(EXPERIMENTAL.to_be_bytes());
    assert_eq!(Frame::new(&frame).payload(), Some(&b""[..]));
    frame.extend(b"hello");
    assert_eq!(Frame::new(&frame).payload(), Some(&b"hello"[..]));
    // Of another type it may be anything.
    frame[13] ^= 1;
    assert_eq!(Frame::new(&frame).payload(), None);
    for end in 0..14 {
        assert_eq!(Frame::new(&frame[..end]).payload(), None);
    }
}

#[test]
fn the_first_byte_has_two_flags() {
    let flags = |first| {
        let mac = Mac([first, 0, 0x5e, 0, 0x53, 1]);
        (mac.is_group(), mac.is_local())
    };
    assert_eq!(flags(0b00), (false, false));
    assert_eq!(flags(0b01), (true, false));
    assert_eq!(flags(0b10), (false, true));
    assert_eq!(flags(0b11), (true, true));
    // No other bit is one of them.
    assert_eq!(flags(0xfc), (false, false));
    assert!(Mac::BROADCAST.is_group() && Mac::BROADCAST.is_local());
    assert!(Mac::local(9).is_local() && !Mac::local(9).is_group());
}
