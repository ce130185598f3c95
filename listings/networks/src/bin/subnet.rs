//! Which network an address is in, and whether two are in the same one.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use networks::cidr::{bits, parse_address, Subnet};
use std::net::Ipv4Addr;

/// Say which network an address is in, and whether another one is in it,
/// too. Without arguments: the primer's sum, line by line.
#[derive(Parser)]
struct Cli {
    /// An address, and the length of its prefix: 172.16.10.1/24
    first: Option<String>,
    /// Another address. It may have a prefix length of its own
    second: Option<String>,
    /// The mask of both, if no prefix length is given: 255.255.255.0
    mask: Option<String>,
}

/// What the primer prints for 172.16.10.1, and then for 172.16.10.2: the
/// address, the mask, and the result of its AND.
pub const PRIMER: [(&str, &str); 6] = [
    ("172.16.10.1", "10101100.00010000.00001010.000000001"),
    ("255255.255.255.0", "11111111.11111111.11111111.00000000"),
    ("172.16.10.0", "10101100.00010000.00001010.000000001"),
    ("172.16.10.2", "10101100.00010000.00001010.000000010"),
    ("255255.255.255.0", "11111111.11111111.11111111.00000000"),
    ("172.16.10.0", "10101100.00010000.00001010.000000001"),
];

// ANCHOR: faults
/// What is wrong with a line of the primer's.
pub fn faults(
    (address, digits): (&str, &str),
    right: Ipv4Addr,
) -> Result<Vec<String>> {
    let mut faults = vec![];
    match parse_address(address) {
        Ok(address) if address == right => {}
        Ok(address) => faults.push(format!("{address}, not {right}")),
        Err(error) => faults.push(error.to_string()),
    }
    if let Err(error) = parse_address(digits) {
        faults.push(error.to_string());
    }
    let value = leniently(digits)?;
    if value != right {
        faults.push(format!("these are the bits of {value}"));
    }
    Ok(faults)
}

/// What `from_str_radix` makes of it, which doesn't count digits.
fn leniently(digits: &str) -> Result<Ipv4Addr> {
    let octets = digits.split('.').map(|o| u8::from_str_radix(o, 2));
    let octets: Vec<u8> = octets.collect::<Result<_, _>>()?;
    let octets: [u8; 4] = octets[..].try_into()?;
    Ok(octets.into())
}
// ANCHOR_END: faults

fn primer() -> Result<()> {
    let mask = Ipv4Addr::new(255, 255, 255, 0);
    for (host, lines) in (1..).zip(PRIMER.chunks(3)) {
        let address = Ipv4Addr::new(172, 16, 10, host);
        let network = Subnet::with_mask(address, mask)?.network();
        let rights = [address, mask, network];
        for (line, right) in lines.iter().zip(rights) {
            println!("primer  {:16}  {}", line.0, line.1);
            println!("right   {right:<16}  {}", bits(right));
            for fault in faults(*line, right)? {
                println!("        {fault}");
            }
        }
        ensure!(network == Ipv4Addr::new(172, 16, 10, 0), "{network}");
    }
    println!("both are in 172.16.10.0: the same subnet");
    Ok(())
}

/// What an argument means, if the mask is given, and if not.
fn read(text: &str, mask: Option<Ipv4Addr>) -> Result<Subnet> {
    let quoted = || format!("{text:?}");
    match (text.contains('/'), mask) {
        (true, None) => text.parse().with_context(quoted),
        (false, Some(mask)) => {
            let address = parse_address(text).with_context(quoted)?;
            Ok(Subnet::with_mask(address, mask)?)
        }
        (true, Some(_)) => bail!("{text:?} has its own mask"),
        (false, None) => bail!("{text:?} has no prefix length"),
    }
}

fn describe(subnet: Subnet) {
    println!("{subnet}");
    let row = |name: &str, address: Ipv4Addr| {
        println!("  {name:9}  {address:<15}  {}", bits(address));
    };
    row("mask", subnet.mask());
    row("address", subnet.address());
    row("network", subnet.network());
    match subnet.broadcast() {
        Some(broadcast) => row("broadcast", broadcast),
        None => println!("  broadcast  none"),
    }
    let (first, last) = subnet.hosts();
    println!("  hosts      {first} to {last}");
}

fn main() -> Result<()> {
    let Cli { first, second, mask } = Cli::parse();
    let Some(first) = first else { return primer() };
    let mask = mask.map(|text| {
        parse_address(&text).with_context(|| format!("mask {text:?}"))
    });
    let mask = mask.transpose()?;
    let a = read(&first, mask)?;
    describe(a);
    let Some(second) = second else { return Ok(()) };
    let same = (!second.contains('/')).then_some(a.mask());
    let b = read(&second, mask.or(same))?;
    describe(b);
    for (from, to) in [(a, b), (b, a)] {
        let what = match from.contains(to.address()) {
            true => "the same subnet",
            false => "another subnet",
        };
        println!("{from} finds {} in {what}", to.address());
    }
    Ok(())
}
