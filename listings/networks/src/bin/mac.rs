//! What a MAC address says, and what it doesn't.

use anyhow::{Context, Result};
use clap::Parser;
use networks::eui48::{kind, parse, prefix, BLOCKS};

/// Take MAC addresses apart.
#[derive(Parser)]
struct Cli {
    /// Such as 02:00:00:00:00:01
    #[arg(default_values = EXAMPLES)]
    addresses: Vec<String>,
}

/// The first is one that documents may use (RFC 9542 §2.1.4).
const EXAMPLES: [&str; 5] = [
    "00:00:5e:00:53:01",
    "02:00:00:00:00:01",
    "ff:ff:ff:ff:ff:ff",
    "01:00:5e:01:02:03",
    "33:33:00:00:00:01",
];

// ANCHOR: describe
/// What the bits of an address say. Who holds one that is universal, they
/// don't say: it may be a block of any of three sizes.
fn describe(text: &str) -> Result<String> {
    let mac = parse(text)
        .with_context(|| format!("{text:?} is no MAC address"))?;
    let (who, chosen) = kind(mac);
    let mut lines =
        format!("{mac}  {:08b}  {who}, {chosen}\n", mac.0[0]);
    if !mac.is_group() && !mac.is_local() {
        for (name, bits) in BLOCKS {
            let block = prefix(mac, bits);
            let left = 1u64 << (48 - bits);
            lines += &format!(
                "  {name}: {block:9} holds {left:>8} addresses\n"
            );
        }
    }
    Ok(lines)
}
// ANCHOR_END: describe

fn main() -> Result<()> {
    let Cli { addresses } = Cli::parse();
    for address in addresses {
        print!("{}", describe(&address)?);
    }
    Ok(())
}
