//! Addresses in writing: what is one, what is none, and what the bits say.

use networks::eui48::{kind, parse, prefix, BadMac, BLOCKS};
use std::process::Command;
use wirelab::Mac;

/// Numbers that look random and are the same in each run: xorshift.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn mac(&mut self) -> Mac {
        let [_, _, mac @ ..] = self.next().to_be_bytes();
        Mac(mac)
    }
}

#[test]
fn forty_eight_bits_are_written_and_read_as_twelve_digits() {
    let mut numbers = Numbers(1112);
    for _ in 0..10_000 {
        let mac = numbers.mac();
        let text = mac.to_string();
        let digits = text.bytes().filter(u8::is_ascii_hexdigit);
        assert_eq!(digits.count(), 12, "{text}");
        assert_eq!(size_of_val(&mac.0) * 8, 48);
        for text in [
            text.clone(),
            text.to_uppercase(),
            text.replace(':', "-"),
            text.to_uppercase().replace(':', "-"),
        ] {
            assert_eq!(parse(&text), Ok(mac), "{text}");
        }
    }
}

#[test]
fn what_is_cut_or_grown_is_refused() {
    let text = "02:a0:5e:00:53:f1";
    for cut in 0..text.len() {
        assert!(parse(&text[..cut]).is_err(), "{:?}", &text[..cut]);
        assert!(parse(&text[cut + 1..]).is_err());
    }
    for more in ["0", ":", ":00", " ", "\n", "\0", "é"] {
        for text in [format!("{text}{more}"), format!("{more}{text}")] {
            assert!(parse(&text).is_err(), "{text:?}");
        }
    }
}

/// Every other sign at every place: hexadecimal digits where digits are, and
/// nothing else.
#[test]
fn one_wrong_sign_is_enough() {
    let text = "02:a0:5e:00:53:f1";
    for place in 0..text.len() {
        for byte in 0..=0x7f_u8 {
            let mut changed = text.as_bytes().to_vec();
            changed[place] = byte;
            let changed = String::from_utf8(changed).unwrap();
            let right = match place % 3 {
                2 => byte == b':',
                _ => byte.is_ascii_hexdigit(),
            };
            assert_eq!(parse(&changed).is_ok(), right, "{changed:?}");
        }
    }
}

#[test]
fn garbage_is_refused_with_its_reason() {
    let octets = |n| Err(BadMac::Octets(n));
    assert_eq!(parse(""), octets(1));
    assert_eq!(parse("0200.0000.0001"), octets(1));
    assert_eq!(parse("020000000001"), octets(1));
    assert_eq!(parse("02:00:00:00:00:00:00:01"), octets(8));
    let digits = |octet, digits: &str| {
        let digits = digits.to_owned();
        Err(BadMac::Digits { octet, digits })
    };
    assert_eq!(parse("2:0:0:0:0:1"), digits(1, "2"));
    assert_eq!(parse("02:00:00:00:00:+1"), digits(6, "+1"));
    assert_eq!(parse("02:00:00::00:01"), digits(4, ""));
    assert_eq!(parse("02:00:00:00:00:0é"), digits(6, "0é"));
    assert_eq!(parse("02:00:00:0x1:00:01"), digits(4, "0x1"));
    // Two kinds of separator are none.
    assert_eq!(parse("02-00-00:00-00-01"), octets(5));

    let mut numbers = Numbers(894);
    for _ in 0..2_000 {
        let bytes: Vec<u8> = (0..numbers.next() % 40)
            .map(|_| numbers.next() as u8)
            .collect();
        let text = String::from_utf8_lossy(&bytes);
        // It returns, whatever it is given.
        let _ = parse(&text);
    }
}

#[test]
fn two_bits_of_the_first_digits_are_no_makers() {
    for (text, who, chosen) in [
        ("00:00:5e:00:53:01", "one interface", "universal"),
        ("02:00:5e:00:53:01", "one interface", "local"),
        ("01:00:5e:90:10:01", "a group", "universal"),
        ("03:00:5e:00:53:01", "a group", "local"),
        ("01:00:5e:7f:ff:ff", "a group of IPv4", "universal"),
        ("01:00:5e:80:00:00", "a group", "universal"),
        ("33:33:00:00:00:01", "a group of IPv6", "local"),
        ("ff:ff:ff:ff:ff:ff", "everybody", "local"),
    ] {
        assert_eq!(kind(parse(text).unwrap()), (who, chosen), "{text}");
    }
}

#[test]
fn the_second_digit_of_a_local_card_is_2_6_a_or_e() {
    for first in 0..=255_u8 {
        let mac = Mac([first, 0xa1, 0x19, 0, 0, 1]);
        let digit = mac.to_string().chars().nth(1).unwrap();
        let is = kind(mac) == ("one interface", "local");
        assert_eq!(is, "26ae".contains(digit), "{mac}");
    }
}

#[test]
fn a_block_has_24_or_28_or_36_bits() {
    let mac = parse("00:00:5e:00:53:01").unwrap();
    let blocks = BLOCKS.map(|(name, bits)| (name, prefix(mac, bits)));
    let blocks = blocks.each_ref().map(|(n, p)| (*n, &**p));
    assert_eq!(
        blocks,
        [
            ("MA-L", "00005e"),
            ("MA-M", "00005e0"),
            ("MA-S", "00005e005")
        ]
    );
    // What is left to the holder: 24, 20 or 12 bits.
    let said = run(&["00:00:5e:00:53:01"]).unwrap();
    for addresses in ["16777216", "1048576", "4096"] {
        assert!(said.contains(addresses), "{said}");
    }
}

/// Two holders of small blocks, and one beginning: the six digits are the
/// same.
#[test]
fn six_digits_may_be_shared_by_many() {
    let [a, b] = ["70:b3:d5:00:00:01", "70:b3:d5:00:10:01"]
        .map(|text| parse(text).unwrap());
    assert_eq!(prefix(a, 24), prefix(b, 24));
    assert_ne!(prefix(a, 36), prefix(b, 36));
}

fn run(addresses: &[&str]) -> Result<String, String> {
    let program = env!("CARGO_BIN_EXE_mac");
    let run = Command::new(program).args(addresses).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    match run.status.success() {
        true => Ok(text(run.stdout)),
        false => Err(text(run.stderr)),
    }
}

#[test]
fn the_program_says_what_is_wrong() {
    let said = run(&["02:00:00:00:00:0g"]).unwrap_err();
    assert!(said.contains("\"02:00:00:00:00:0g\" is no MAC"), "{said}");
    assert!(said.contains("octet 6 is \"0g\""), "{said}");
    let said = run(&["02:00:00"]).unwrap_err();
    assert!(said.contains("6 octets wanted, not 3"), "{said}");
}

/// Linux lists a machine's own cards here. What of them is Ethernet's kind
/// has twelve digits.
#[cfg(target_os = "linux")]
#[test]
fn loopback_has_an_address_of_zeros() {
    let lo = "/sys/class/net/lo";
    let read = |what: &str| {
        std::fs::read_to_string(format!("{lo}/{what}")).unwrap()
    };
    let mac = parse(read("address").trim()).unwrap();
    assert_eq!(mac, Mac([0; 6]));
    // NET_ADDR_PERM of linux/netdevice.h: nobody has set another.
    assert_eq!(read("addr_assign_type").trim(), "0");
}
