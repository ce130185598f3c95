//! How a router finds the next hop in its table.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::kernel_table::KernelTable;
use std::net::Ipv4Addr;

/// Look addresses up in a routing table.
#[derive(Parser)]
struct Cli {
    /// Ask a kernel that has the same table, too
    #[arg(long)]
    kernel: bool,
    /// What to look up
    #[arg(default_values = [
        "172.16.10.2", "172.16.10.1", "172.31.255.255", "203.0.113.80",
    ])]
    addresses: Vec<Ipv4Addr>,
}

// ANCHOR: lookup
/// A line of a routing table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Route {
    pub network: Ipv4Addr,
    /// How many of its bits count, from the left: 0 to 32.
    pub prefix: u8,
    pub router: Ipv4Addr,
}

impl Route {
    /// Whether the first bits of an address are those of the network.
    pub fn matches(&self, address: Ipv4Addr) -> bool {
        let differ = u32::from(self.network) ^ u32::from(address);
        let behind = 32_u32.saturating_sub(self.prefix.into());
        // Without a prefix nothing is left to compare.
        differ.checked_shr(behind).unwrap_or(0) == 0
    }
}

/// Of all lines that match, the one with the longest prefix.
pub fn lookup(table: &[Route], address: Ipv4Addr) -> Option<Route> {
    let matching = table.iter().filter(|r| r.matches(address));
    matching.max_by_key(|route| route.prefix).copied()
}
// ANCHOR_END: lookup

/// From the default route to a route for one host.
fn table() -> Vec<Route> {
    let router = |n| Ipv4Addr::new(192, 168, 0, n);
    let route = |network: [u8; 4], prefix, n| Route {
        network: network.into(),
        prefix,
        router: router(n),
    };
    vec![
        route([0, 0, 0, 0], 0, 1),
        route([172, 16, 0, 0], 12, 2),
        route([172, 16, 10, 0], 24, 3),
        route([172, 16, 10, 2], 32, 4),
    ]
}

fn main() -> Result<()> {
    let Cli { kernel, addresses } = Cli::parse();
    let table = table();
    let kernel = kernel.then(KernelTable::new).transpose()?;
    for Route { network, prefix, router } in &table {
        let network = format!("{network}/{prefix}");
        println!("{network:15}  → {router}");
        if let Some(kernel) = &kernel {
            kernel.add(&network, *router)?;
        }
    }
    for address in addresses {
        let matching = table.iter().filter(|r| r.matches(address));
        let lengths = matching.map(|r| format!("/{}", r.prefix));
        let lengths: Vec<_> = lengths.collect();
        let route = lookup(&table, address).context("no route")?;
        let router = route.router;
        let lengths = lengths.join(" ");
        println!("{address:15}  {lengths:15}  → {router}");
        if let Some(kernel) = &kernel {
            let chosen = kernel.lookup(address)?;
            ensure!(chosen == Some(router), "the kernel: {chosen:?}");
        }
    }
    if kernel.is_some() {
        println!("the kernel chooses the same");
    }
    Ok(())
}
