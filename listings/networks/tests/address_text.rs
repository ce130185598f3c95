//! Our reader agrees with std on every text, and says why.

use std::net::{IpAddr, Ipv4Addr};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/address_text.rs"]
mod address_text;
use address_text::{by_the_c_library, read, BadAddress};

#[test]
fn each_fault_is_named() {
    use BadAddress::{LeadingZero, NoNumber, Parts, TooLarge};
    let text = str::to_owned;
    for (bad, why) in [
        ("", Parts(1)),
        ("1.2.3", Parts(3)),
        ("1.2.3.4.", Parts(5)),
        ("256.1.1.1", TooLarge(text("256"))),
        ("1.1.1.99999999999999999999", TooLarge("9".repeat(20))),
        ("0127.0.0.1", LeadingZero(text("0127"))),
        ("127.0.0.00", LeadingZero(text("00"))),
        ("1..2.3", NoNumber(text(""))),
        ("1.2.3.x", NoNumber(text("x"))),
        ("1.2.3.-4", NoNumber(text("-4"))),
        ("1.2.3.+4", NoNumber(text("+4"))),
        (" 1.2.3.4", NoNumber(text(" 1"))),
        ("1.2.3.\u{ff14}", NoNumber(text("\u{ff14}"))), // a wide 4
    ] {
        assert_eq!(read(bad), Err(why), "{bad:?}");
    }
}

/// What std reads.
fn by_std(text: &str) -> Option<Ipv4Addr> {
    text.parse().ok()
}

#[test]
fn an_address_cut_anywhere_is_read_as_std_reads_it() {
    for whole in ["172.16.10.255", "255.255.255.255", "0.0.0.0"] {
        for end in 0..=whole.len() {
            let text = &whole[..end];
            assert_eq!(read(text).ok(), by_std(text), "{text:?}");
        }
    }
}

#[test]
fn of_a_hundred_thousand_texts_we_read_what_std_reads() {
    const SIGNS: &[u8] = b"0012345...569x- ";
    let (mut state, mut addresses) = (1_u64, 0);
    let mut next = || {
        // xorshift: the same texts each time.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state as usize
    };
    for _ in 0..100_000 {
        let length = 7 + next() % 9;
        let signs = (0..length).map(|_| SIGNS[next() % SIGNS.len()]);
        let text: String = signs.map(char::from).collect();
        assert_eq!(read(&text).ok(), by_std(&text), "{text:?}");
        addresses += usize::from(by_std(&text).is_some());
    }
    assert!(addresses > 50, "only {addresses} were addresses");
}

#[cfg(target_os = "linux")]
#[test]
fn the_c_library_reads_what_std_refuses() {
    for (text, address) in [
        ("127.1", [127, 0, 0, 1]),
        ("0127.0.0.1", [87, 0, 0, 1]),
        ("0x7f.0.0.1", [127, 0, 0, 1]),
        ("2130706433", [127, 0, 0, 1]),
    ] {
        assert_eq!(by_std(text), None);
        let read = by_the_c_library(text).unwrap();
        assert_eq!(read, IpAddr::from(address), "{text}");
    }
}
