//! The calculator is held against formulas that share nothing with it, and
//! against what the primer prints.

use networks::cidr::{bits, parse_address, Subnet, SubnetError};
use proptest::prelude::*;
use std::net::Ipv4Addr;
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/subnet.rs"]
mod subnet;

use subnet::{faults, PRIMER};

const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);

fn ip(text: &str) -> Ipv4Addr {
    text.parse().unwrap()
}

fn cidr(text: &str) -> Subnet {
    text.parse().unwrap()
}

/// What the program prints with these arguments, and its error.
fn run(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_subnet"));
    command.env_remove("RUST_BACKTRACE").args(arguments);
    let output = command.output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    match output.status.success() {
        true => Ok(text(output.stdout)),
        false => Err(text(output.stderr)),
    }
}

// The primer's example, line by line.

#[test]
fn address_and_mask_give_the_network() {
    let subnet = Subnet::with_mask(ip("172.16.10.1"), MASK).unwrap();
    assert_eq!(subnet.network(), ip("172.16.10.0"));
    // The same bit by bit: a bit is set in the network if it is set in the
    // address and in the mask.
    let zip = bits(ip("172.16.10.1"));
    let zip = zip.chars().zip(bits(MASK).chars().collect::<Vec<_>>());
    let and = zip.map(|pair| match pair {
        ('1', '1') => '1',
        ('.', '.') => '.',
        _ => '0',
    });
    assert_eq!(and.collect::<String>(), bits(subnet.network()));
}

#[test]
fn the_example_is_two_private_addresses_and_a_24_bit_mask() {
    for address in ["172.16.10.1", "172.16.10.2"].map(ip) {
        assert!(address.is_private());
        let subnet = Subnet::with_mask(address, MASK).unwrap();
        assert_eq!(subnet.prefix(), 24);
        let (first, last) = subnet.hosts();
        assert!((first..=last).contains(&address));
    }
}

#[test]
fn the_first_address_has_nine_bits_for_eight() {
    let line = PRIMER[0];
    let faults = faults(line, ip("172.16.10.1")).unwrap();
    assert_eq!(faults, ["octet 4, \"000000001\": 9 bits, not 8"]);
    assert_eq!(
        bits(ip(line.0)),
        line.1.replace("000000001", "00000001")
    );
}

#[test]
fn the_second_address_has_nine_bits_for_eight() {
    let line = PRIMER[3];
    let faults = faults(line, ip("172.16.10.2")).unwrap();
    assert_eq!(faults, ["octet 4, \"000000010\": 9 bits, not 8"]);
    assert_eq!(
        bits(ip(line.0)),
        line.1.replace("000000010", "00000010")
    );
}

#[test]
fn the_first_mask_is_no_address() {
    let (mask, _) = PRIMER[1];
    assert!(mask.parse::<Ipv4Addr>().is_err());
    let faults = faults(PRIMER[1], MASK).unwrap();
    assert_eq!(faults, ["octet 1, \"255255\": more than 255"]);
}

#[test]
fn the_second_mask_is_no_address() {
    let (mask, _) = PRIMER[4];
    assert!(mask.parse::<Ipv4Addr>().is_err());
    let faults = faults(PRIMER[4], MASK).unwrap();
    assert_eq!(faults, ["octet 1, \"255255\": more than 255"]);
}

#[test]
fn the_masks_bits_are_24_ones_and_8_zeros() {
    for (_, digits) in [PRIMER[1], PRIMER[4]] {
        assert_eq!(parse_address(digits), Ok(MASK));
        let digits = digits.replace('.', "");
        assert_eq!(digits, "1".repeat(24) + &"0".repeat(8));
    }
}

#[test]
fn the_first_and_was_not_done() {
    // The bits are still those of the address.
    assert_eq!(PRIMER[2].1, PRIMER[0].1);
    let right = cidr("172.16.10.1/24").network();
    assert_eq!(bits(right), "10101100.00010000.00001010.00000000");
    let faults = faults(PRIMER[2], right).unwrap();
    let [nine, value] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(nine, "octet 4, \"000000001\": 9 bits, not 8");
    assert_eq!(value, "these are the bits of 172.16.10.1");
}

#[test]
fn the_first_network_is_right() {
    let network = cidr("172.16.10.1/24").network();
    assert_eq!(PRIMER[2].0, network.to_string());
}

#[test]
fn the_second_and_shows_the_bits_of_the_first_address() {
    assert_eq!(PRIMER[5].1, PRIMER[0].1);
    let right = cidr("172.16.10.2/24").network();
    assert_eq!(bits(right), "10101100.00010000.00001010.00000000");
    let faults = faults(PRIMER[5], right).unwrap();
    let [nine, value] = &faults[..] else { panic!("{faults:?}") };
    assert_eq!(nine, "octet 4, \"000000001\": 9 bits, not 8");
    assert_eq!(value, "these are the bits of 172.16.10.1");
}

#[test]
fn equal_networks_under_one_mask_are_one_subnet() {
    let [a, b] = ["172.16.10.1/24", "172.16.10.2/24"].map(cidr);
    assert_eq!(a.network(), b.network());
    assert!(a.contains(b.address()) && b.contains(a.address()));
}

#[test]
fn from_str_radix_takes_nine_digits_and_a_plus_sign() {
    assert_eq!(u8::from_str_radix("000000001", 2), Ok(1));
    assert_eq!(u8::from_str_radix("+0000001", 2), Ok(1));
    assert_eq!("+1".parse(), Ok(1_u8));
    for text in ["000000001", "+0000001", "+1"] {
        let text = format!("10101100.00010000.00001010.{text}");
        assert!(parse_address(&text).is_err(), "{text}");
    }
}

// Every prefix.

/// Addresses at which sums go wrong, and some others.
fn addresses() -> Vec<u32> {
    let mut addresses = vec![0, 1, u32::MAX - 1, u32::MAX];
    for bit in 0..32 {
        let power = 1_u32 << bit;
        addresses.extend([power, power - 1, !power, power | 1]);
    }
    addresses.extend([0xac10_0a01, 0xac10_0a02, 0x7fff_fffe]);
    addresses
}

#[test]
fn every_prefix_agrees_with_arithmetic() {
    for prefix in 0..=32 {
        // With division instead of bits: a subnet is one of the blocks of
        // this size that follow each other from 0.0.0.0 on.
        let size = 2_u64.pow(32 - u32::from(prefix));
        for address in addresses() {
            let start = u64::from(address) / size * size;
            let end = start + size - 1;
            let [mask, start, end] = [(1 << 32) - size, start, end]
                .map(|n| Ipv4Addr::from(u32::try_from(n).unwrap()));
            let subnet = Subnet::new(address.into(), prefix).unwrap();
            assert_eq!(subnet.mask(), mask, "{subnet}");
            assert_eq!(subnet.network(), start, "{subnet}");
            let next = |ip: Ipv4Addr| Ipv4Addr::from(u32::from(ip) + 1);
            let before =
                |ip: Ipv4Addr| Ipv4Addr::from(u32::from(ip) - 1);
            let (broadcast, hosts) = match size {
                1 | 2 => (None, (start, end)),
                _ => (Some(end), (next(start), before(end))),
            };
            assert_eq!(subnet.broadcast(), broadcast, "{subnet}");
            assert_eq!(subnet.hosts(), hosts, "{subnet}");
            let again = Subnet::with_mask(subnet.address(), mask);
            assert_eq!(again, Ok(subnet));
        }
    }
}

#[test]
fn the_longest_and_the_shortest_prefixes() {
    let point = cidr("10.0.0.1/31");
    assert_eq!(point.hosts(), (ip("10.0.0.0"), ip("10.0.0.1")));
    assert_eq!(point.broadcast(), None);
    let one = cidr("10.0.0.1/32");
    assert_eq!(one.hosts(), (ip("10.0.0.1"), ip("10.0.0.1")));
    assert_eq!(one.broadcast(), None);
    assert!(!one.contains(ip("10.0.0.0")));
    let all = cidr("10.0.0.1/0");
    assert_eq!(all.network(), Ipv4Addr::UNSPECIFIED);
    assert_eq!(all.broadcast(), Some(Ipv4Addr::BROADCAST));
    assert!(all.contains(ip("203.0.113.7")));
}

#[test]
fn only_33_masks_have_no_gap() {
    // With a bit flipped, and with every pair of octets that a mask can
    // have: whatever has no gap is the mask of a prefix.
    let masks: Vec<u32> = (0..=32)
        .map(|p| u64::MAX << (32 - p))
        .map(|m| m as u32)
        .collect();
    let mut tried = masks.clone();
    for mask in &masks {
        tried.extend((0..32).map(|bit| mask ^ (1 << bit)));
    }
    tried.extend(addresses());
    for mask in tried {
        let subnet = Subnet::with_mask(MASK, mask.into());
        assert_eq!(
            subnet.is_ok(),
            masks.contains(&mask),
            "{mask:032b}"
        );
        let Err(SubnetError::Gap { zero, one, .. }) = subnet else {
            continue;
        };
        // The message names two bits: they are what it says.
        let digits = format!("{mask:032b}").into_bytes();
        let at = |bit: u32| char::from(digits[bit as usize - 1]);
        assert!(zero < one && at(zero) == '0' && at(one) == '1');
    }
}

// Any address, prefix and text.

prop_compose! {
    fn any_subnet()(address: u32, prefix in 0..=32_u8) -> Subnet {
        Subnet::new(address.into(), prefix).unwrap()
    }
}

/// What looks like an address, nearly.
fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![
        ".*",
        "[0-9./]{0,20}",
        r"[0-9]{1,4}(\.[0-9]{1,4}){2,4}(/[0-9]{1,3})?",
        r"[01]{7,9}(\.[01]{7,9}){3}",
        any_subnet().prop_map(|subnet| subnet.to_string()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig {
        // Its file is for one crate's sources, and these lie beside them.
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_and_clears_the_hosts_bits_and_keeps_the_others(
        subnet in any_subnet()
    ) {
        let [address, network] =
            [subnet.address(), subnet.network()].map(bits);
        let digits = |text: String| text.replace('.', "");
        let (address, network) = (digits(address), digits(network));
        let n = usize::from(subnet.prefix());
        prop_assert_eq!(&network[..n], &address[..n]);
        prop_assert_eq!(&network[n..], "0".repeat(32 - n));
    }

    #[test]
    fn a_subnet_contains_its_own(
        subnet in any_subnet(),
        host: u32,
    ) {
        let (first, last) = subnet.hosts();
        prop_assert!(first <= last);
        prop_assert!(subnet.contains(subnet.address()));
        prop_assert!(subnet.contains(subnet.network()));
        prop_assert!(subnet.contains(first) && subnet.contains(last));
        if let Some(broadcast) = subnet.broadcast() {
            prop_assert!(subnet.contains(broadcast));
        }
        // Another address is in it if no bit of the prefix differs.
        let differ = u32::from(subnet.address()) ^ host;
        let same = differ.leading_zeros() >= subnet.prefix().into();
        prop_assert_eq!(subnet.contains(host.into()), same);
    }

    #[test]
    fn what_is_written_can_be_read(subnet in any_subnet()) {
        prop_assert_eq!(subnet.to_string().parse(), Ok(subnet));
        let address = subnet.address();
        prop_assert_eq!(parse_address(&bits(address)), Ok(address));
        let mask = parse_address(&subnet.mask().to_string()).unwrap();
        prop_assert_eq!(Subnet::with_mask(address, mask), Ok(subnet));
    }

    #[test]
    fn under_one_mask_the_subnet_is_mutual(
        a: u32,
        b: u32,
        shared in 0..=32_u32,
        prefix in 0..=32_u8,
    ) {
        // They begin with the same bits: chance seldom has them near.
        let b = a ^ (b.checked_shr(shared).unwrap_or(0));
        let [a, b] =
            [a, b].map(|ip| Subnet::new(ip.into(), prefix).unwrap());
        let a_to_b = a.contains(b.address());
        prop_assert_eq!(a_to_b, b.contains(a.address()));
        prop_assert_eq!(a_to_b, a.network() == b.network());
    }

    #[test]
    fn text_is_read_as_std_reads_it(text in any_text()) {
        let ours = parse_address(&text);
        match text.parse::<Ipv4Addr>() {
            Ok(theirs) => prop_assert_eq!(ours, Ok(theirs)),
            // std knows no bits.
            Err(_) => if let Ok(address) = ours {
                prop_assert_eq!(bits(address), text);
            }
        }
    }

    #[test]
    fn whatever_is_read_is_written_the_same(text in any_text()) {
        if let Ok(subnet) = text.parse::<Subnet>() {
            let (address, _) = text.split_once('/').unwrap();
            if address.len() < 16 {
                prop_assert_eq!(subnet.to_string(), text);
            }
        }
    }
}

#[test]
fn with_two_masks_the_subnet_need_not_be_mutual() {
    let [a, b] = ["10.0.0.1/24", "10.0.0.200/25"].map(cidr);
    assert!(a.contains(b.address()));
    assert!(!b.contains(a.address()));
}

#[test]
fn valid_text_cut_at_any_byte_is_refused_or_shorter() {
    let text = "172.16.10.1/24";
    for end in 0..text.len() {
        match text[..end].parse::<Subnet>() {
            Ok(subnet) => assert_eq!(subnet.to_string(), text[..end]),
            Err(error) => assert!(!error.to_string().is_empty()),
        }
    }
    let digits = bits(ip("172.16.10.1"));
    for end in 0..digits.len() {
        let cut = parse_address(&digits[..end]);
        assert!(cut.is_err(), "{}", &digits[..end]);
    }
}

// The program.

#[test]
fn without_arguments_it_does_the_primers_sum() {
    let said = run(&[]).unwrap();
    let count = |text: &str| said.matches(text).count();
    assert_eq!(count("9 bits, not 8"), 4, "{said}");
    assert_eq!(count("\"255255\": more than 255"), 2, "{said}");
    assert_eq!(
        count("these are the bits of 172.16.10.1\n"),
        2,
        "{said}"
    );
    assert!(said.ends_with("the same subnet\n"), "{said}");
}

#[test]
fn mask_and_prefix_length_say_the_same() {
    let long = ["172.16.10.1", "172.16.10.2", "255.255.255.0"];
    let long = run(&long).unwrap();
    let short = run(&["172.16.10.1/24", "172.16.10.2"]).unwrap();
    assert_eq!(long, short);
    for line in [
        "  network    172.16.10.0      10101100.00010000.00001010.00000000",
        "  broadcast  172.16.10.255    10101100.00010000.00001010.11111111",
        "  hosts      172.16.10.1 to 172.16.10.254",
        "172.16.10.1/24 finds 172.16.10.2 in the same subnet",
        "172.16.10.2/24 finds 172.16.10.1 in the same subnet",
    ] {
        assert!(short.lines().any(|l| l == line), "{line}\n{short}");
    }
}

#[test]
fn two_masks_are_two_opinions() {
    let said = run(&["10.0.0.1/24", "10.0.0.200/25"]).unwrap();
    let said: Vec<&str> = said.lines().collect();
    let [.., first, second] = said[..] else { panic!("{said:?}") };
    assert_eq!(
        first,
        "10.0.0.1/24 finds 10.0.0.200 in the same subnet"
    );
    assert_eq!(
        second,
        "10.0.0.200/25 finds 10.0.0.1 in another subnet"
    );
}

#[test]
fn every_wrong_argument_is_refused_with_what_and_where() {
    const BITS: &str = "10101100.00010000.00001010.000000001";
    for (arguments, says) in [
        (
            &[BITS, BITS, "255.255.255.0"][..],
            "octet 4, \"000000001\": 9 bits, not 8",
        ),
        (
            &["172.16.10.1", "172.16.10.2", "255255.255.255.0"],
            "octet 1, \"255255\": more than 255",
        ),
        (
            &["172.16.10.1/33"],
            "prefix length \"33\": not one of 0 to 32",
        ),
        (
            &["172.16.10.1/256"],
            "prefix length \"256\": not one of 0 to 32",
        ),
        (
            &["172.16.10.1/-1"],
            "prefix length \"-1\": not one of 0 to 32",
        ),
        (
            &["172.16.10.1/+24"],
            "prefix length \"+24\": not one of 0 to 32",
        ),
        (
            &["172.16.10.1/024"],
            "prefix length \"024\": not one of 0 to 32",
        ),
        (&["172.16.10.1/"], "prefix length \"\": not one of 0 to 32"),
        (
            &["172.16.10.1/24/8"],
            "prefix length \"24/8\": not one of 0 to 32",
        ),
        (&["172.16.10.256/24"], "octet 4, \"256\": more than 255"),
        (
            &["172.16.10.99999999999999999999/24"],
            "octet 4, \"99999999999999999999\": more than 255",
        ),
        (&[""], "\"\" has no prefix length"),
        (&["/24"], "octet 1, \"\": empty"),
        (&["172.16..1/24"], "octet 3, \"\": empty"),
        (&["172.16.10/24"], "3 octets, not 4"),
        (&["172.16.10.1.5/24"], "5 octets, not 4"),
        (&["172.16.10.01/24"], "octet 4, \"01\": a zero in front"),
        (&["172.16.10.+1/24"], "octet 4, \"+1\": '+' is no digit"),
        (&["172.16.10. 1/24"], "octet 4, \" 1\": ' ' is no digit"),
        (&["garbage/24"], "octet 1, \"garbage\": 'g' is no digit"),
        (&["\u{ff11}72.16.10.1/24"], "octet 1, \"\u{ff11}72\": '\u{ff11}' is no digit"),
        (
            &["172\u{3002}16\u{3002}10\u{3002}1/24"],
            "octet 1, \"172\u{3002}16\u{3002}10\u{3002}1\": '\u{3002}' is no digit",
        ),
        (&["::1/24"], "octet 1, \"::1\": ':' is no digit"),
        (
            &["172.16.10.1", "172.16.10.2", "255.0.255.0"],
            "mask 255.0.255.0: bit 9 is 0, and bit 17 behind it is 1",
        ),
        (
            &["172.16.10.1", "172.16.10.2", "0.0.0.255"],
            "mask 0.0.0.255: bit 1 is 0, and bit 25 behind it is 1",
        ),
        (
            &["172.16.10.1", "172.16.10.2"],
            "\"172.16.10.1\" has no prefix length",
        ),
        (
            &["172.16.10.1/24", "172.16.10.2", "255.255.255.0"],
            "\"172.16.10.1/24\" has its own mask",
        ),
        (
            &["172.16.10.1/24", "172.16.10.x"],
            "octet 4, \"x\": 'x' is no digit",
        ),
    ] {
        let error =
            run(arguments).expect_err(&format!("{arguments:?}"));
        assert!(error.contains(says), "{arguments:?} {error}");
        assert!(!error.contains("panicked"), "{arguments:?} {error}");
    }
}
