//! Addresses of IPv6, and how they are written.

use clap::Parser;
use std::net::Ipv6Addr;

/// Read texts as addresses of IPv6, and write them as RFC 5952 asks.
#[derive(Parser)]
struct Cli {
    /// Without any: some, one for each of its rules.
    texts: Vec<String>,
}

// ANCHOR: texts
/// Each breaks one rule of RFC 5952 §4 or §5. The last two are no
/// addresses at all.
const TEXTS: [&str; 9] = [
    "2001:0db8:0000:0000:0000:0000:0000:0001",
    "2001:db8:0:0:1:0:0:1",
    "2001:0:0:1:0:0:0:1",
    "2001:db8::1:1:1:1:1",
    "2001:DB8::ABCD",
    "0:0:0:0:0:0:0:1",
    "::ffff:7f00:1",
    "2001:db8::1::2",
    "fe80::1%eth0",
];
// ANCHOR_END: texts

// ANCHOR: line
/// A text, and its one right form.
pub fn line(text: &str) -> String {
    match text.parse::<Ipv6Addr>() {
        Ok(address) => format!("{text} = {address}"),
        Err(error) => format!("{text}: {error}"),
    }
}
// ANCHOR_END: line

fn main() {
    let Cli { texts } = Cli::parse();
    if texts.is_empty() {
        let all = u128::from(Ipv6Addr::from([0xff; 16]));
        println!("{} bits", all.count_ones());
        for text in TEXTS {
            println!("{}", line(text));
        }
    }
    for text in texts {
        println!("{}", line(&text));
    }
}
