//! The table is judged by what the RFCs say of first and last addresses, and
//! by std's methods at every edge.

use std::net::Ipv4Addr;
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/special_ranges.rs"]
mod special_ranges;
use special_ranges::{range_of, METHODS, RANGES};

fn address(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

/// The name of an address's range, and of std's method for it.
fn names(
    address: Ipv4Addr,
) -> (Option<&'static str>, Option<&'static str>) {
    let says: Vec<_> =
        METHODS.iter().filter(|(_, is)| is(&address)).collect();
    assert!(says.len() < 2, "{address} is two things to std");
    let range = range_of(address).map(|range| range.name);
    (range, says.first().map(|(name, _)| *name))
}

#[test]
fn an_address_is_a_number_of_32_bits() {
    assert_eq!(size_of::<Ipv4Addr>() * 8, 32);
    for bits in [8, 16, 24] {
        for number in [(1 << bits) - 1, 1 << bits, (1 << bits) + 1] {
            let address = Ipv4Addr::from(number);
            assert_eq!(u32::from(address), number);
            assert_eq!(address.octets(), u32::to_be_bytes(number));
            let text = address.to_string();
            assert_eq!(text.parse(), Ok(address), "{text}");
        }
    }
    assert_eq!(u32::from(address("0.1.0.0")), 65_536);
}

#[test]
fn they_range_from_0_0_0_0_to_255_255_255_255() {
    assert_eq!(Ipv4Addr::from(u32::MIN).to_string(), "0.0.0.0");
    assert_eq!(Ipv4Addr::from(u32::MAX).to_string(), "255.255.255.255");
}

#[test]
fn not_every_number_is_a_hosts() {
    // RFC 1122 §3.2.1.3, RFC 1112 §4, RFC 919 §7: no host's, whichever
    // network it is in.
    for (text, name) in [
        ("0.0.0.0", "this network"),
        ("0.255.255.255", "this network"),
        ("127.0.0.1", "loopback"),
        ("224.0.0.1", "multicast"),
        ("239.255.255.255", "multicast"),
        ("240.0.0.0", "reserved"),
        ("255.255.255.254", "reserved"),
        ("255.255.255.255", "broadcast"),
    ] {
        assert_eq!(names(address(text)).0, Some(name), "{text}");
    }
}

#[test]
fn each_range_ends_where_its_rfc_says() {
    let edges = RANGES.iter().map(|range| {
        let edges = [range.first, range.last()];
        (edges.map(|edge| edge.to_string()), range.name)
    });
    let expected = [
        (["0.0.0.0", "0.255.255.255"], "this network"),
        (["10.0.0.0", "10.255.255.255"], "private"),
        (["100.64.0.0", "100.127.255.255"], "shared"),
        (["127.0.0.0", "127.255.255.255"], "loopback"),
        (["169.254.0.0", "169.254.255.255"], "link-local"),
        (["172.16.0.0", "172.31.255.255"], "private"),
        (["192.0.2.0", "192.0.2.255"], "documentation"),
        (["192.168.0.0", "192.168.255.255"], "private"),
        (["198.51.100.0", "198.51.100.255"], "documentation"),
        (["203.0.113.0", "203.0.113.255"], "documentation"),
        (["224.0.0.0", "239.255.255.255"], "multicast"),
        (["240.0.0.0", "255.255.255.255"], "reserved"),
        (["255.255.255.255", "255.255.255.255"], "broadcast"),
    ];
    let expected =
        expected.map(|(edges, name)| (edges.map(str::to_owned), name));
    assert_eq!(edges.collect::<Vec<_>>(), expected);
}

/// What std calls each range, and nothing where it has no stable method.
fn method(range: &str) -> Option<&'static str> {
    Some(match range {
        "private" => "is_private",
        "loopback" => "is_loopback",
        "link-local" => "is_link_local",
        "documentation" => "is_documentation",
        "multicast" => "is_multicast",
        "broadcast" => "is_broadcast",
        _ => return None, // this network, shared, reserved
    })
}

#[test]
fn std_agrees_at_every_edge() {
    for range in &RANGES {
        for edge in [range.first, range.last()] {
            for number in [
                u32::from(edge).wrapping_sub(1),
                u32::from(edge),
                u32::from(edge).wrapping_add(1),
            ] {
                let (range, says) = names(Ipv4Addr::from(number));
                let expected = match number {
                    0 => Some("is_unspecified"),
                    _ => range.and_then(method),
                };
                assert_eq!(
                    says,
                    expected,
                    "{}",
                    Ipv4Addr::from(number)
                );
            }
        }
    }
}

#[test]
fn the_primers_addresses_are_private() {
    for n in [1, 2] {
        let address = Ipv4Addr::new(172, 16, 10, n);
        assert_eq!(names(address).0, Some("private"));
    }
    assert_eq!(names(address("172.32.0.0")), (None, None));
}

#[test]
fn what_is_no_address_is_refused() {
    for text in ["256.1.1.1", "1.2.3", "0127.0.0.1", "", "localhost"] {
        let program = env!("CARGO_BIN_EXE_special_ranges");
        let output = Command::new(program).arg(text).output().unwrap();
        assert!(!output.status.success(), "{text}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains("invalid IPv4 address syntax"), "{said}");
    }
}
