//! The parser is judged by RFC 791 §3.1 and RFC 1071, by what a kernel has
//! sent, by wirelab's decoder, and by bytes that are no packet.

use networks::ipv4::{checksum, BadPacket, Header};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Command, Output};
use wirelab::{Frame, Trace};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/ipv4_parse.rs"]
mod ipv4_parse;
use ipv4_parse::{bytes, PACKET};

fn packet() -> Vec<u8> {
    bytes(&PACKET.concat()).unwrap()
}

/// The same with another header, and the checksum that it must have.
fn with(change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut packet = packet();
    change(&mut packet);
    packet[10..12].fill(0);
    let length = 4 * usize::from(packet[0] & 0xf);
    let sum = checksum(&packet[..length.min(packet.len())]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
    packet
}

#[test]
fn the_packet_is_as_the_lab_records_it() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("traces/ipv4_header.pcapng");
    let trace = Trace::load(&file).unwrap();
    let (_, first) = trace.sent().next().unwrap();
    let mut recorded = first.bytes[14..].to_vec();
    // A kernel chooses the identification, and no two runs have the same.
    for at in [4, 5, 10, 11] {
        recorded[at] = packet()[at];
    }
    assert_eq!(recorded, packet());
}

#[test]
fn every_field_is_where_rfc_791_has_it() {
    let header = Header::parse(&packet()).unwrap();
    let expected = Header {
        header_length: 20,
        type_of_service: 0,
        total_length: 33,
        identification: 0x3cb6,
        dont_fragment: true,
        more_fragments: false,
        fragment_offset: 0,
        time_to_live: 64,
        protocol: 17,
        header_checksum: 0x91f2,
        source: Ipv4Addr::new(172, 16, 10, 1),
        destination: Ipv4Addr::new(172, 16, 10, 2),
    };
    assert_eq!(header, expected);
    // Each with all its bits set, and no other.
    let read =
        |change: fn(&mut [u8])| Header::parse(&with(change)).unwrap();
    let service = read(|p| p[1] = 0xff);
    assert_eq!(service.type_of_service, 0xff);
    assert_eq!(read(|p| p[4] = 0xff).identification, 0xffb6);
    let fragment = read(|p| p[6..8].copy_from_slice(&[0x3f, 0xff]));
    assert!(fragment.more_fragments && !fragment.dont_fragment);
    assert_eq!(fragment.fragment_offset, 8 * 0x1fff);
    assert_eq!(read(|p| p[8] = 0xff).time_to_live, 255);
    assert_eq!(read(|p| p[9] = 0xff).protocol, 255);
    let far = read(|p| p[12..16].fill(0xff));
    assert!(far.source.is_broadcast() && far.destination.is_private());
}

#[test]
fn options_belong_to_the_header() {
    // Four words of them, which the datagram's bytes stand for here.
    let header = Header::parse(&with(|p| p[0] = 0x48)).unwrap();
    assert_eq!(header.header_length, 32);
}

#[test]
fn a_packet_cut_at_any_byte_is_cut() {
    let packet = packet();
    for here in 0..packet.len() {
        let whole = if here < 20 { 20 } else { packet.len() };
        let cut = BadPacket::Cut { here, whole };
        assert_eq!(Header::parse(&packet[..here]), Err(cut));
    }
    // What follows a packet is padding.
    let padded = [&packet[..], &[0; 13]].concat();
    assert_eq!(Header::parse(&padded), Header::parse(&packet));
}

#[test]
fn each_contradiction_has_its_error() {
    let parse = |change: fn(&mut [u8])| Header::parse(&with(change));
    let version = parse(|p| p[0] = 0x65);
    assert_eq!(version, Err(BadPacket::Version(6)));
    for words in 0..5 {
        let mut packet = packet();
        packet[0] = 0x40 | words;
        let short = Header::parse(&packet);
        assert_eq!(short, Err(BadPacket::HeaderLength(words)));
    }
    let total = parse(|p| p[2..4].copy_from_slice(&[0, 19]));
    assert_eq!(total, Err(BadPacket::TotalLength(19)));
    let long = parse(|p| p[2..4].copy_from_slice(&[0xff, 0xff]));
    assert_eq!(long, Err(BadPacket::Cut { here: 33, whole: 65_535 }));
    let options = Header::parse(&with(|p| p[0] = 0x4f));
    assert_eq!(options, Err(BadPacket::Cut { here: 33, whole: 60 }));
}

#[test]
fn every_bit_that_is_turned_over_is_noticed() {
    let packet = packet();
    for bit in 0..20 * 8 {
        let mut damaged = packet.clone();
        damaged[bit / 8] ^= 0x80 >> (bit % 8);
        let parsed = Header::parse(&damaged);
        assert!(parsed.is_err(), "bit {bit}: {parsed:?}");
        if bit >= 8 {
            let checksum =
                matches!(parsed, Err(BadPacket::Checksum { .. }));
            assert!(checksum, "bit {bit}: {parsed:?}");
        }
    }
    // Two words that change places are not.
    let mut swapped = packet.clone();
    swapped.swap(12, 16);
    swapped.swap(13, 17);
    swapped.swap(14, 18);
    swapped.swap(15, 19);
    assert_ne!(swapped, packet);
    assert!(Header::parse(&swapped).is_ok());
}

#[test]
fn the_checksum_is_that_of_rfc_1071() {
    // Its §3: these bytes have the sum ddf2.
    let example = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
    assert_eq!(checksum(&example), !0xddf2);
    assert_eq!(checksum(&[]), 0xffff);
    // An odd byte is the left one of its word.
    assert_eq!(checksum(&[0x12]), !0x1200);
    // With its checksum behind it, a sum is all ones, and turned over 0.
    let sum = checksum(&example).to_be_bytes();
    assert_eq!(checksum(&[&example[..], &sum].concat()), 0);
    // As many carries as there can be.
    assert_eq!(checksum(&[0xff; 65_535]), 0xff);
}

#[test]
fn of_garbage_it_takes_what_another_decoder_takes() {
    let mut state = 1_u64;
    let mut next = || {
        // xorshift: the same bytes each time.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut taken = 0;
    for n in 0..200_000 {
        let length = (next() % 64) as usize;
        let mut packet: Vec<u8> =
            (0..length).map(|_| next() as u8).collect();
        // Mostly something that looks like a packet.
        if n % 8 != 0 && length >= 20 {
            packet[0] = 0x40 | (4 + next() % 4) as u8;
            packet[2] = 0;
            packet[10..12].fill(0);
            let header = 4 * usize::from(packet[0] & 0xf);
            let sum = checksum(&packet[..header.min(length)]);
            packet[10..12].copy_from_slice(&sum.to_be_bytes());
        }
        let Ok(header) = Header::parse(&packet) else { continue };
        taken += 1;
        let frame = [&[0; 12][..], &[8, 0], &packet].concat();
        let ip = Frame::new(&frame).ipv4().expect("both or none");
        assert_eq!(ip.source, header.source);
        assert_eq!(ip.destination, header.destination);
        assert_eq!(ip.ttl, header.time_to_live);
        assert_eq!(ip.id, header.identification);
        assert_eq!(usize::from(ip.total_length), header.total_length);
        assert_eq!(ip.dont_fragment, header.dont_fragment);
        assert_eq!(ip.more_fragments, header.more_fragments);
        let offset = usize::from(ip.fragment_offset);
        assert_eq!(offset, header.fragment_offset);
    }
    assert!(taken > 1000, "only {taken} were packets");
}

fn run(arguments: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ipv4_parse"));
    program.args(arguments).env_remove("RUST_BACKTRACE");
    program.output().unwrap()
}

#[test]
fn what_is_no_hexadecimal_is_refused() {
    assert_eq!(bytes(" 4 5\n00 ").unwrap(), [0x45, 0]);
    assert_eq!(bytes("").unwrap(), []);
    for (text, why) in [
        ("45 0", "3 digits: a byte has two"),
        ("45 0g", "'g' is no digit"),
        ("45 0\u{665}", "'\u{665}' is no digit"),
    ] {
        assert_eq!(bytes(text).unwrap_err().to_string(), why);
        let output = run(&[text]);
        assert!(!output.status.success());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(why), "{said}");
    }
}

#[test]
fn no_field_is_a_mask() {
    let frame = [&[0; 12][..], &[8, 0], &packet()].concat();
    let layers = wirelab::frame::layers(&frame);
    let ip = layers.iter().find(|layer| layer.name == "IPv4").unwrap();
    let names: Vec<_> = ip.fields.iter().map(|f| f.name).collect();
    assert_eq!(
        names,
        [
            "version",
            "internet header length",
            "DSCP",
            "ECN",
            "total length",
            "identification",
            "flags",
            "fragment offset",
            "time to live",
            "protocol",
            "header checksum",
            "source address",
            "destination address",
        ]
    );
    // And there is no room for one.
    assert_eq!(ip.at, 14..34);
}
