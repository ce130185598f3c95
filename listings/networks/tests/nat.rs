//! What crosses the lab's wire, and what the translator does with packets
//! of every kind: RFC 3022, RFC 4787.

use networks::translator::{update, Dropped, Nat, KEPT};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::process::Command;
use std::time::{Duration, Instant};
use wirelab::frame::bad_checksums;
use wirelab::{play, probe, skip, Frame, Trace};

// On the wire

fn run() -> Option<Trace> {
    Some(play(env!("CARGO_BIN_EXE_nat")).unwrap()?.trace)
}

/// A datagram of a scene: who sent it at which card, from and to whom, its
/// TTL, and what it says.
type Seen = (String, String, String, u8, String);

fn datagrams(trace: &Trace, scene: &str) -> Vec<Seen> {
    let scene = trace.scene(scene).unwrap();
    let datagrams = scene.sent().map(|(_, sent)| {
        let host = &scene.hosts[sent.host];
        let card = &host.interfaces[sent.interface].name;
        let frame = Frame::new(&sent.bytes);
        assert_eq!(bad_checksums(&sent.bytes), [""; 0]);
        let (ip, udp) = (frame.ipv4().unwrap(), frame.udp().unwrap());
        (
            format!("{} {card}", host.name),
            format!("{}:{}", ip.source, udp.source_port),
            format!("{}:{}", ip.destination, udp.destination_port),
            ip.ttl,
            String::from_utf8(udp.payload.to_vec()).unwrap(),
        )
    });
    datagrams.collect()
}

fn seen(who: &str, from: &str, to: &str, ttl: u8, text: &str) -> Seen {
    (who.into(), from.into(), to.into(), ttl, text.into())
}

const A: &str = "192.168.1.10:5000";
const B: &str = "192.168.1.11:5000";
const FIRST: &str = "203.0.113.1:6001";
const SECOND: &str = "203.0.113.1:6002";
const SERVER: &str = "203.0.113.80:7000";

#[test]
fn outside_there_is_one_address_and_a_port_for_each() {
    let Some(trace) = run() else { return };
    assert_eq!(
        datagrams(&trace, "out"),
        [
            seen("a eth0", A, SERVER, 64, "I am a"),
            seen("nat eth1", FIRST, SERVER, 63, "I am a"),
            seen("b eth0", B, SERVER, 64, "I am b"),
            seen("nat eth1", SECOND, SERVER, 63, "I am b"),
        ],
        "{}",
        trace.table()
    );
    assert_eq!(
        trace.remarks("server"),
        [FIRST, SECOND].map(|who| format!("recv_from → {who}"))
    );
    let lines = [(A, FIRST), (B, SECOND)];
    assert_eq!(
        trace.remarks("nat")[..2],
        lines.map(|(inside, outside)| format!("{inside} is {outside}"))
    );
}

#[test]
fn an_answer_finds_the_host_that_asked() {
    let Some(trace) = run() else { return };
    assert_eq!(
        datagrams(&trace, "back"),
        [
            seen("server eth0", SERVER, FIRST, 64, "hello a"),
            seen("nat eth0", SERVER, A, 63, "hello a"),
            seen("server eth0", SERVER, SECOND, 64, "hello b"),
            seen("nat eth0", SERVER, B, 63, "hello b"),
        ],
        "{}",
        trace.table()
    );
    assert_eq!(trace.remarks("a"), ["recv → \"hello a\""]);
    assert_eq!(trace.remarks("b"), ["recv → \"hello b\""]);
}

#[test]
fn what_nobody_asked_for_stays_outside() {
    let Some(trace) = run() else { return };
    let third = "203.0.113.1:6003";
    assert_eq!(
        datagrams(&trace, "unsolicited"),
        [seen("server eth0", SERVER, third, 64, "anybody?")],
        "{}",
        trace.table()
    );
    let last = trace.remarks("nat").pop();
    assert_eq!(last, Some("dropped: nobody inside has asked for it"));
}

#[test]
fn a_connection_passes_and_its_server_sees_the_router() {
    if let Err(why) = probe() {
        return skip(&why).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_nat"));
    let out = command.arg("--tcp").output().unwrap();
    assert!(out.status.success(), "{out:?}");
    let said = String::from_utf8(out.stdout).unwrap();
    let lines: Vec<_> = said.lines().collect();
    let [inside, outside] = lines[..] else { panic!("{said}") };
    assert!(inside.starts_with("I am 192.168.1.10:"), "{said}");
    assert_eq!(outside, "you are 203.0.113.1:6001");
}

// Packet by packet

const UDP: u8 = 17;
const TCP: u8 = 6;

/// Numbers that look random, and are the same in every run: xorshift32.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn bytes(&mut self, count: usize) -> Vec<u8> {
        (0..count).map(|_| self.next() as u8).collect()
    }
}

fn end(address: &str) -> SocketAddrV4 {
    address.parse().unwrap()
}

/// RFC 1071, all of it anew.
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes.chunks(2).map(|pair| {
        let low = pair.get(1).copied().unwrap_or(0);
        u64::from(u16::from_be_bytes([pair[0], low]))
    });
    let mut sum: u64 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

/// A packet with right checksums.
fn packet(
    protocol: u8,
    from: SocketAddrV4,
    to: SocketAddrV4,
    payload: &[u8],
) -> Vec<u8> {
    let mut segment = [from.port(), to.port()]
        .iter()
        .flat_map(|port| port.to_be_bytes())
        .collect::<Vec<u8>>();
    let at = match protocol {
        TCP => {
            let rest = [0, 0, 0, 1, 0, 0, 0, 2, 0x50, 0x10, 1, 0];
            segment.extend(rest);
            segment.extend([0; 4]);
            16
        }
        _ => {
            let length = 8 + payload.len() as u16;
            segment.extend(length.to_be_bytes());
            segment.extend([0; 2]);
            6
        }
    };
    segment.extend(payload);
    let mut pseudo = [from.ip().octets(), to.ip().octets()].concat();
    pseudo.extend([0, protocol]);
    pseudo.extend((segment.len() as u16).to_be_bytes());
    pseudo.extend(&segment);
    let sum = match (checksum(&pseudo), protocol) {
        (0, UDP) => 0xffff,
        (sum, _) => sum,
    };
    segment[at..at + 2].copy_from_slice(&sum.to_be_bytes());

    let length = (20 + segment.len()) as u16;
    let mut packet = vec![0x45, 0];
    packet.extend(length.to_be_bytes());
    packet.extend([0x12, 0x34, 0x40, 0, 64, protocol, 0, 0]);
    packet.extend(from.ip().octets());
    packet.extend(to.ip().octets());
    seal(&mut packet);
    packet.extend(segment);
    packet
}

/// Sets the header's checksum right.
fn seal(packet: &mut [u8]) {
    packet[10..12].fill(0);
    let sum = checksum(&packet[..20]);
    packet[10..12].copy_from_slice(&sum.to_be_bytes());
}

/// Wrong checksums of a packet.
fn wrong(packet: &[u8]) -> Vec<String> {
    let frame = [&[0; 12][..], &[8, 0], packet].concat();
    bad_checksums(&frame)
}

fn ends(packet: &[u8]) -> (String, String) {
    let frame = [&[0; 12][..], &[8, 0], packet].concat();
    let frame = Frame::new(&frame);
    let ip = frame.ipv4().unwrap();
    let port = |at: usize| {
        u16::from_be_bytes([ip.payload[at], ip.payload[at + 1]])
    };
    (
        format!("{}:{}", ip.source, port(0)),
        format!("{}:{}", ip.destination, port(2)),
    )
}

fn nat() -> Nat {
    Nat::new(Ipv4Addr::new(203, 0, 113, 1), 6001..=6999)
}

/// Has a asked the server: what came out.
fn asked(nat: &mut Nat) -> Vec<u8> {
    let mut packet = packet(UDP, end(A), end(SERVER), b"hello");
    assert_eq!(nat.outbound(&mut packet, Instant::now()), Ok(()));
    packet
}

#[test]
fn every_checksum_is_right_behind_it() {
    let mut numbers = Numbers(0x9e37_79b9);
    let now = Instant::now();
    for n in 0..20_000 {
        // A fresh one, that ports don't run out.
        let mut nat = nat();
        let protocol = [TCP, UDP][n % 2];
        let mut end = || {
            let ip = Ipv4Addr::from(numbers.next());
            SocketAddrV4::new(ip, numbers.next() as u16)
        };
        let (inside, server) = (end(), end());
        let length = numbers.next() as usize % 64;
        let payload = numbers.bytes(length);
        let mut out = packet(protocol, inside, server, &payload);
        let (before, len) = (out.clone(), out.len());
        assert_eq!(nat.outbound(&mut out, now), Ok(()));
        assert_eq!(wrong(&out), [""; 0], "{before:02x?}");
        assert_eq!(ends(&out), (FIRST.into(), server.to_string()));
        assert_eq!(out[8], 63);
        assert_eq!(out[len - payload.len()..], payload);

        let outside = FIRST.parse().unwrap();
        let mut back = packet(protocol, server, outside, &payload);
        assert_eq!(nat.inbound(&mut back, now), Ok(()));
        assert_eq!(wrong(&back), [""; 0], "{back:02x?}");
        let expected = (server.to_string(), inside.to_string());
        assert_eq!(ends(&back), expected);
    }
}

#[test]
fn an_update_is_what_summing_again_gives() {
    let mut numbers = Numbers(3);
    for _ in 0..100_000 {
        let mut bytes = numbers.bytes(20);
        let old = u16::from_be_bytes([bytes[4], bytes[5]]);
        let before = checksum(&bytes);
        let new = numbers.next() as u16;
        bytes[4..6].copy_from_slice(&new.to_be_bytes());
        assert_eq!(update(before, old, new), checksum(&bytes));
    }
    // The example of RFC 1624 §4.
    assert_eq!(update(0xdd2f, 0x5555, 0x3285), 0x0000);
}

/// RFC 768: a sum of 0 is sent as its twin, as 0 says that there is none.
#[test]
fn a_checksum_never_turns_into_none() {
    let now = Instant::now();
    let mut plain = packet(UDP, end(A), end(SERVER), &[0, 0]);
    assert_eq!(nat().outbound(&mut plain, now), Ok(()));
    // This much more makes the sum behind it 0.
    let more = [plain[26], plain[27]];
    let mut out = packet(UDP, end(A), end(SERVER), &more);
    assert_eq!(nat().outbound(&mut out, now), Ok(()));
    assert_eq!(out[26..28], [0xff, 0xff]);
    assert_eq!(wrong(&out), [""; 0]);
}

/// RFC 3022 §4.1.
#[test]
fn a_datagram_without_a_checksum_gets_none() {
    let mut packet = packet(UDP, end(A), end(SERVER), b"hello");
    packet[26..28].fill(0);
    assert_eq!(nat().outbound(&mut packet, Instant::now()), Ok(()));
    assert_eq!(packet[26..28], [0, 0]);
    assert_eq!(wrong(&packet), [""; 0]);
}

#[test]
fn damaged_data_stays_damaged() {
    for protocol in [TCP, UDP] {
        let mut packet =
            packet(protocol, end(A), end(SERVER), b"hello");
        *packet.last_mut().unwrap() ^= 1;
        assert_eq!(wrong(&packet).len(), 1);
        let now = Instant::now();
        assert_eq!(nat().outbound(&mut packet, now), Ok(()));
        // For the server to see: no new checksum hides it.
        assert_eq!(wrong(&packet).len(), 1, "{packet:02x?}");
    }
}

#[test]
fn one_line_serves_all_destinations() {
    // RFC 4787 §4.1, REQ-1.
    let (mut nat, now) = (nat(), Instant::now());
    asked(&mut nat);
    for other in ["198.51.100.7:53", "203.0.113.80:7001"] {
        let mut packet = packet(UDP, end(A), end(other), b"hello");
        assert_eq!(nat.outbound(&mut packet, now), Ok(()));
        assert_eq!(ends(&packet).0, FIRST);
    }
    assert_eq!(nat.table().count(), 1);
    // Another port, or another protocol, is another end.
    let mut other = end(A);
    other.set_port(5001);
    let mut packet = packet(UDP, other, end(SERVER), b"hello");
    assert_eq!(nat.outbound(&mut packet, now), Ok(()));
    assert_eq!(ends(&packet).0, SECOND);
}

#[test]
fn tcp_and_udp_have_ports_of_their_own() {
    let (mut nat, now) = (nat(), Instant::now());
    asked(&mut nat);
    let mut out = packet(TCP, end(A), end(SERVER), b"hello");
    assert_eq!(nat.outbound(&mut out, now), Ok(()));
    assert_eq!(ends(&out).0, FIRST);
    assert_eq!(nat.table().count(), 2);
}

/// RFC 4787 §5: its filtering depends on the address.
#[test]
fn a_stranger_may_not_answer() {
    let (mut nat, now) = (nat(), Instant::now());
    asked(&mut nat);
    let from = |who| packet(UDP, end(who), end(FIRST), b"hello");
    let mut stranger = from("203.0.113.99:7000");
    let dropped = nat.inbound(&mut stranger, now);
    assert_eq!(dropped, Err(Dropped::Unsolicited));
    // The same host may, from another port.
    let mut same = from("203.0.113.80:7001");
    assert_eq!(nat.inbound(&mut same, now), Ok(()));
    assert_eq!(ends(&same).1, A);
}

#[test]
fn an_answer_to_another_address_is_not_for_it() {
    let (mut nat, now) = (nat(), Instant::now());
    asked(&mut nat);
    let other = end("203.0.113.2:6001");
    let mut packet = packet(UDP, end(SERVER), other, b"hello");
    let dropped = nat.inbound(&mut packet, now);
    assert_eq!(dropped, Err(Dropped::Unsolicited));
}

#[test]
fn what_is_not_used_is_forgotten_after_five_minutes() {
    let (mut nat, start) = (nat(), Instant::now());
    let mut out = packet(UDP, end(A), end(SERVER), b"hello");
    assert_eq!(nat.outbound(&mut out, start), Ok(()));
    let answer = packet(UDP, end(SERVER), end(FIRST), b"hello");
    let late = start + KEPT - Duration::from_millis(1);
    assert_eq!(nat.inbound(&mut answer.clone(), late), Ok(()));
    // What comes in keeps no line: RFC 4787 §4.3, REQ-6.
    let over = nat.inbound(&mut answer.clone(), start + KEPT);
    assert_eq!(over, Err(Dropped::Unsolicited));
    assert_eq!(nat.table().count(), 0);
}

#[test]
fn what_is_used_is_kept() {
    let (mut nat, start) = (nat(), Instant::now());
    let out = packet(UDP, end(A), end(SERVER), b"hello");
    let second = Duration::from_secs(1);
    for now in [start, start + KEPT - second] {
        assert_eq!(nat.outbound(&mut out.clone(), now), Ok(()));
    }
    let mut answer = packet(UDP, end(SERVER), end(FIRST), b"hello");
    let now = start + KEPT + second;
    assert_eq!(nat.inbound(&mut answer, now), Ok(()));
}

#[test]
fn when_the_ports_are_used_up_it_says_so_and_goes_on() {
    let address = Ipv4Addr::new(203, 0, 113, 1);
    let mut nat = Nat::new(address, 6001..=6002);
    let now = Instant::now();
    let mut from = |port| {
        let inside = SocketAddrV4::new(*end(A).ip(), port);
        let mut out = packet(UDP, inside, end(SERVER), b"hello");
        nat.outbound(&mut out, now)
    };
    assert_eq!([from(1), from(2)], [Ok(()); 2]);
    assert_eq!(from(3), Err(Dropped::NoPortLeft));
    assert_eq!(from(1), Ok(()));
}

/// It drops a packet, leaves it as it was, and goes on.
fn drops(packet: &[u8], why: Dropped) {
    let (mut nat, now) = (nat(), Instant::now());
    asked(&mut nat);
    let mut copy = packet.to_vec();
    assert_eq!(nat.outbound(&mut copy, now), Err(why));
    assert_eq!(nat.inbound(&mut copy, now), Err(why));
    assert_eq!(copy, packet);
    let mut answer = self::packet(UDP, end(SERVER), end(FIRST), b"!");
    assert_eq!(nat.inbound(&mut answer, now), Ok(()));
    assert_eq!(nat.table().count(), 1);
}

#[test]
fn a_packet_that_is_cut_anywhere_is_dropped() {
    for protocol in [TCP, UDP] {
        let whole = packet(protocol, end(B), end(SERVER), b"hello");
        for length in 0..whole.len() {
            drops(&whole[..length], Dropped::Malformed);
        }
    }
}

/// The same, but its header says so.
#[test]
fn a_packet_too_short_for_its_ports_is_dropped() {
    for (protocol, least) in [(TCP, 40), (UDP, 28)] {
        let whole = packet(protocol, end(B), end(SERVER), b"");
        assert_eq!(whole.len(), least);
        for length in 20..least {
            let mut short = whole[..length].to_vec();
            short[2..4].copy_from_slice(&(length as u16).to_be_bytes());
            seal(&mut short);
            drops(&short, Dropped::Malformed);
        }
    }
}

/// RFC 1812 §5.2.2.
#[test]
fn a_header_with_any_wrong_bit_is_dropped() {
    let whole = packet(UDP, end(B), end(SERVER), b"hello");
    for bit in 0..20 * 8 {
        let mut wrong = whole.clone();
        wrong[bit / 8] ^= 1 << (bit % 8);
        let why = match bit / 8 {
            // No version 4, or a header of another length.
            0 => {
                let header = usize::from(wrong[0] & 0x0f) * 4;
                let fits = (20..=wrong.len()).contains(&header);
                match wrong[0] >> 4 == 4 && fits {
                    true => Dropped::Checksum,
                    false => Dropped::Malformed,
                }
            }
            _ => Dropped::Checksum,
        };
        drops(&wrong, why);
    }
}

#[test]
fn what_it_cannot_translate_is_dropped() {
    let changed = |at: usize, byte: u8, why| {
        let mut packet = packet(UDP, end(B), end(SERVER), b"hello");
        packet[at] = byte;
        seal(&mut packet);
        drops(&packet, why);
    };
    // ICMP, and a packet inside a packet.
    changed(9, 1, Dropped::Protocol);
    changed(9, 4, Dropped::Protocol);
    // More fragments; the second one.
    changed(6, 0x20, Dropped::Fragment);
    changed(7, 0x01, Dropped::Fragment);
    changed(8, 1, Dropped::TimeToLive);
    changed(8, 0, Dropped::TimeToLive);
}

#[test]
fn options_and_padding_are_left_alone() {
    let plain = packet(UDP, end(A), end(SERVER), b"hello");
    // No operation, four times; then what follows a short frame's packet.
    let mut long = [&plain[..20], &[1; 4], &plain[20..]].concat();
    long[0] = 0x46;
    let length = long.len() as u16;
    long[2..4].copy_from_slice(&length.to_be_bytes());
    long[10..12].fill(0);
    let sum = checksum(&long[..24]);
    long[10..12].copy_from_slice(&sum.to_be_bytes());
    long.extend([0xaa; 9]);
    assert_eq!(nat().outbound(&mut long, Instant::now()), Ok(()));
    assert_eq!(checksum(&long[..24]), 0);
    assert_eq!(long[20..24], [1; 4]);
    assert_eq!(long[24..26], 6001_u16.to_be_bytes());
    assert_eq!(long[long.len() - 9..], [0xaa; 9]);
}

#[test]
fn no_bytes_make_it_panic() {
    let mut numbers = Numbers(99);
    let (mut nat, now) = (nat(), Instant::now());
    for n in 0..50_000 {
        let length = numbers.next() as usize % 80;
        let mut bytes = numbers.bytes(length);
        if n % 2 == 0 && length >= 20 {
            // A header that holds, whatever is in it.
            bytes[0] = 0x45;
            seal(&mut bytes);
        }
        let _ = nat.outbound(&mut bytes, now);
        let _ = nat.inbound(&mut bytes, now);
    }
}
