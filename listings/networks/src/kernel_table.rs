//! A kernel with a routing table of one's own.

use anyhow::Result;
use std::net::Ipv4Addr;
use wirelab::{Host, Lan};

/// A host with a routing table. All its routers are in 192.168.0.0/24.
pub struct KernelTable {
    host: Host,
    _lan: Lan,
}

impl KernelTable {
    /// Enters the lab, and makes a host whose table is empty, but for its
    /// own link.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<KernelTable> {
        wirelab::enter()?;
        let (host, lan) = (Host::new("host")?, Lan::new("switch")?);
        lan.plug(&host, "192.168.0.100/24")?;
        Ok(KernelTable { host, _lan: lan })
    }

    /// Adds a route for a network, such as `172.16.10.0/24`.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn add(&self, network: &str, router: Ipv4Addr) -> Result<()> {
        self.host.route(network, router)
    }

    /// Which router the kernel chooses for an address.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn lookup(
        &self,
        address: Ipv4Addr,
    ) -> Result<Option<Ipv4Addr>> {
        self.host.next_hop(address)
    }
}
