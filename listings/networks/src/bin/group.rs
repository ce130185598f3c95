//! To which MAC address Ethernet sends what is for a group.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::eui48::of_group;
use std::net::Ipv4Addr;

/// Print the MAC addresses of multicast groups of IPv4.
#[derive(Parser)]
struct Cli {
    #[arg(default_values = ["224.0.0.1", "239.1.2.3", "224.129.2.3"])]
    groups: Vec<Ipv4Addr>,
}

// ANCHOR: main
fn main() -> Result<()> {
    let Cli { groups } = Cli::parse();
    for group in groups {
        ensure!(
            group.is_multicast(),
            "{group} is no group: those are 224.0.0.0 to \
             239.255.255.255"
        );
        println!("{group:<15}  {}", of_group(group));
    }
    Ok(())
}
// ANCHOR_END: main
