//! The mapping of RFC 1112 §6.4, and what is no group.

use networks::eui48::of_group;
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::process::Command;

#[test]
fn thirty_two_groups_share_each_address() {
    let mut shared: HashMap<_, u32> = HashMap::new();
    // The nine bits that vary in front, four of which are those of a group.
    for high in 0..32u32 {
        let bits = 0b1110 << 28 | high << 23 | 0x01_02_03;
        let group = Ipv4Addr::from(bits);
        assert!(group.is_multicast(), "{group}");
        *shared.entry(of_group(group)).or_default() += 1;
    }
    assert_eq!(shared.len(), 1);
    let (mac, groups) = shared.into_iter().next().unwrap();
    assert_eq!(mac.to_string(), "01:00:5e:01:02:03");
    assert_eq!(groups, 32);
}

#[test]
fn the_last_23_bits_are_the_groups() {
    for bit in 0..23 {
        let group = Ipv4Addr::from(0xef00_0000 | 1 << bit);
        let mac = of_group(group).0;
        let number =
            u32::from_be_bytes([mac[2], mac[3], mac[4], mac[5]]);
        assert_eq!(number, 0x5e00_0000 | 1 << bit, "{group}");
        assert_eq!(mac[..2], [0x01, 0x00]);
    }
}

#[test]
fn a_host_is_no_group() {
    for (text, why) in [
        ("10.0.0.1", "is no group"),
        ("223.255.255.255", "is no group"),
        ("240.0.0.0", "is no group"),
        ("239.1.2", "invalid IPv4 address"),
        ("ff02::1", "invalid IPv4 address"),
        ("", "invalid IPv4 address"),
    ] {
        let program = env!("CARGO_BIN_EXE_group");
        let run = Command::new(program).arg(text).output().unwrap();
        assert!(!run.status.success(), "{text:?}");
        let said = String::from_utf8(run.stderr).unwrap();
        assert!(said.contains(why), "{text:?}: {said}");
        assert!(run.stdout.is_empty());
    }
}
