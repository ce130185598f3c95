//! The lookup is held against one that goes through the prefix lengths, and
//! against the kernel.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::process::Command;
use wirelab::{probe, skip};

#[path = "../src/bin/longest_prefix.rs"]
#[allow(dead_code)]
mod longest_prefix;

use longest_prefix::{lookup, Route};

/// Numbers that look random, and are the same in every run: xorshift32.
struct Numbers(u32);

impl Numbers {
    fn next(&mut self) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 17;
        self.0 ^= self.0 << 5;
        self.0
    }

    fn below(&mut self, limit: u32) -> u32 {
        self.next() % limit
    }
}

/// The first bits of an address.
fn masked(address: u32, prefix: u8) -> u32 {
    match prefix {
        0 => 0,
        n => address & (u32::MAX << (32 - n)),
    }
}

/// Prefixes of few addresses, so that many of them contain each other.
fn table(numbers: &mut Numbers) -> Vec<Route> {
    let seeds = [numbers.next(), numbers.next()];
    let lines = numbers.below(40);
    let routes = (0..lines).map(|n| {
        let prefix = numbers.below(33) as u8;
        let seed = seeds[numbers.below(2) as usize];
        Route {
            network: masked(seed, prefix).into(),
            prefix,
            router: n.into(),
        }
    });
    routes.collect()
}

/// The same address with one bit turned over, or another one.
fn near(numbers: &mut Numbers, table: &[Route]) -> Ipv4Addr {
    if table.is_empty() {
        return numbers.next().into();
    }
    let line = numbers.below(table.len() as u32) as usize;
    let bit = 1 << numbers.below(32);
    (u32::from(table[line].network) ^ bit).into()
}

/// From the longest prefix down to none, by a table for each length.
fn slowly(table: &[Route], address: Ipv4Addr) -> Option<u8> {
    let mut known = HashMap::new();
    for route in table {
        known.insert((route.prefix, u32::from(route.network)), ());
    }
    (0..=32).rev().find(|&prefix| {
        let network = masked(address.into(), prefix);
        known.contains_key(&(prefix, network))
    })
}

#[test]
fn it_finds_what_a_search_by_length_finds() {
    let mut numbers = Numbers(0x2545_f491);
    for _ in 0..2000 {
        let table = table(&mut numbers);
        for _ in 0..20 {
            let address = near(&mut numbers, &table);
            let found = lookup(&table, address);
            assert_eq!(
                found.map(|route| route.prefix),
                slowly(&table, address),
                "{address} in {table:?}"
            );
            let Some(found) = found else { continue };
            assert!(found.matches(address));
            // RFC 1812 §5.2.4.3 (2): none of those that match is longer.
            let mut others =
                table.iter().filter(|r| r.matches(address));
            assert!(others.all(|r| r.prefix <= found.prefix));
        }
    }
}

#[test]
fn the_order_of_the_lines_does_not_matter() {
    let mut numbers = Numbers(1);
    for _ in 0..500 {
        let table = table(&mut numbers);
        let address = near(&mut numbers, &table);
        let found = lookup(&table, address).map(|r| r.prefix);
        let turned: Vec<_> = table.iter().rev().copied().collect();
        let again = lookup(&turned, address).map(|r| r.prefix);
        assert_eq!(found, again);
    }
}

#[test]
fn a_line_matches_from_its_first_address_to_its_last() {
    for prefix in 0..=32_u8 {
        let network = masked(0xac10_0a02, prefix);
        let last = network | !masked(u32::MAX, prefix);
        let router = Ipv4Addr::UNSPECIFIED;
        let route = Route { network: network.into(), prefix, router };
        assert!(route.matches(network.into()), "/{prefix}");
        assert!(route.matches(last.into()), "/{prefix}");
        for outside in [network.wrapping_sub(1), last.wrapping_add(1)] {
            // All addresses are in 0.0.0.0/0.
            let inside = route.matches(outside.into());
            assert_eq!(inside, prefix == 0, "/{prefix}");
        }
    }
}

#[test]
fn nothing_is_found_in_an_empty_table() {
    assert_eq!(lookup(&[], Ipv4Addr::LOCALHOST), None);
}

fn run(arguments: &[String]) -> (bool, String) {
    let mut command =
        Command::new(env!("CARGO_BIN_EXE_longest_prefix"));
    let out = command.args(arguments).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    let why = String::from_utf8(out.stderr).unwrap();
    (out.status.success(), said + &why)
}

#[test]
fn the_kernel_chooses_the_same_for_every_address() {
    if let Err(why) = probe() {
        return skip(&why).unwrap();
    }
    let mut numbers = Numbers(7);
    let mut addresses: Vec<Ipv4Addr> = vec![];
    // On both sides of every edge of the table.
    for edge in [0xac10_0000_u32, 0xac20_0000, 0xac10_0a00, 0xac10_0b00]
    {
        addresses.extend([edge - 1, edge].map(Ipv4Addr::from));
    }
    for last in 1..=3 {
        addresses.push([172, 16, 10, last].into());
    }
    while addresses.len() < 200 {
        let ip = Ipv4Addr::from(numbers.next());
        let [first, ..] = ip.octets();
        // Of these the kernel has an opinion of its own: RFC 1122
        // §3.2.1.3, and its own link.
        if (1..224).contains(&first) && ![127, 192].contains(&first) {
            addresses.push(ip);
        }
    }
    let mut arguments = vec!["--kernel".to_owned()];
    arguments.extend(addresses.iter().map(Ipv4Addr::to_string));
    let (success, said) = run(&arguments);
    assert!(success, "{said}");
    assert!(said.ends_with("the kernel chooses the same\n"), "{said}");
    let line = "172.16.10.2      /0 /12 /24 /32   → 192.168.0.4\n";
    assert!(said.contains(line), "{said}");
}

#[test]
fn it_says_what_is_no_address() {
    let (success, said) = run(&["172.16.10".into()]);
    assert!(!success && said.contains("172.16.10"), "{said}");
}
