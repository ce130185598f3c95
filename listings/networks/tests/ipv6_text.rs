//! Texts are judged by RFC 5952 and RFC 4291.

use std::net::Ipv6Addr;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/ipv6_text.rs"]
mod ipv6_text;
use ipv6_text::line;

/// How std writes what a text says.
fn written(text: &str) -> String {
    text.parse::<Ipv6Addr>().unwrap().to_string()
}

#[test]
fn an_address_of_ipv6_has_128_bits() {
    assert_eq!(size_of::<Ipv6Addr>() * 8, 128);
    let last = Ipv6Addr::from(u128::MAX);
    assert_eq!(last.to_string(), ["ffff"; 8].join(":"));
    assert_eq!(u128::from(last), u128::MAX);
}

#[test]
fn std_writes_as_rfc_5952_asks() {
    for (text, right) in [
        // §4.1: no leading zeros.
        ("2001:0db8::0001", "2001:db8::1"),
        // §4.2.1: as short as can be.
        ("2001:db8:0:0:0:0:2:1", "2001:db8::2:1"),
        ("2001:db8::0:1", "2001:db8::1"),
        // §4.2.2: not for one field.
        ("2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        ("2001:db8::1:1:1:1:1", "2001:db8:0:1:1:1:1:1"),
        // §4.2.3: the longest run, and of equals the first.
        ("2001:0:0:1:0:0:0:1", "2001:0:0:1::1"),
        ("2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"),
        // §4.3: lower case.
        ("2001:DB8::ABCD", "2001:db8::abcd"),
        // §5: an IPv4 address that is inside is seen.
        ("::ffff:c000:0201", "::ffff:192.0.2.1"),
        ("0:0:0:0:0:0:0:0", "::"),
        ("0:0:0:0:0:0:0:1", "::1"),
    ] {
        assert_eq!(written(text), right, "{text}");
    }
}

#[test]
fn a_text_that_is_no_address_is_refused() {
    for text in [
        "",
        ":",
        ":::",
        "2001:db8::1::2",
        "2001:db8",
        "1:2:3:4:5:6:7:8:9",
        "12345::",
        "::g",
        "::1 ",
        "[::1]",
        "::1/128",
        "::256.0.0.1",
        "fe80::1%eth0",
    ] {
        let said = line(text);
        let right = format!("{text}: invalid IPv6 address syntax");
        assert_eq!(said, right);
    }
}

#[test]
fn what_is_written_is_read_again() {
    let mut state = 1_u64;
    let mut next = || {
        // xorshift: the same numbers each time.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    for _ in 0..20_000 {
        // Many zeros, as the rules are about them.
        let zeros = next();
        let fields: [u16; 8] = std::array::from_fn(|n| {
            let field = next() as u16 >> (next() % 16);
            if zeros >> n & 1 == 1 {
                0
            } else {
                field
            }
        });
        let address = Ipv6Addr::from(fields);
        let text = address.to_string();
        assert_eq!(text.parse(), Ok(address), "{text}");
        for end in 0..text.len() {
            // Cut, it is another address or none.
            let cut = text[..end].parse::<Ipv6Addr>();
            assert_ne!(cut, Ok(address), "{text}");
        }
    }
}
