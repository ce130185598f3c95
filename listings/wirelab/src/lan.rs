//! What hosts are plugged into.

use crate::cable::{Cable, Decision, Ends, Gate, Passing};
use crate::host::{far_end, join, wait_until};
use crate::sys::{self, Namespace};
use crate::trace::Station;
use crate::{Host, Mac, Port, DEADLINE};
use anyhow::Result;
use std::cell::Cell;
use std::ops::Deref;
use std::time::Duration;

/// A local network: hosts around one switch, a Linux bridge.
#[derive(Debug)]
pub struct Lan {
    name: String,
    switch: Namespace,
    ports: Cell<u16>,
}

const BRIDGE: &str = "switch";

impl Lan {
    /// A switch with nothing plugged in.
    ///
    /// # Errors
    /// Outside a lab, and when the kernel has no bridge.
    pub fn new(name: &str) -> Result<Lan> {
        let switch = Namespace::new()?;
        switch.run(|| {
            let key = "ipv6/conf/default/disable_ipv6";
            let _ = sys::set_sysctl(key, "1");
            // A bridge joins 224.0.0.106, the group of snooping switches
            // (RFC 4286 §4), and would report it at random moments.
            sys::set_sysctl("ipv4/igmp_link_local_mcast_reports", "0")?;
            sys::net::add_bridge(BRIDGE)?;
            sys::net::set_up(BRIDGE)
        })?;
        Ok(Lan { name: name.to_owned(), switch, ports: Cell::new(0) })
    }

    /// Plugs a host in, with an address such as `172.16.10.1/24`. The
    /// switch has ports `port1`, `port2`… in the order of plugging.
    ///
    /// # Errors
    /// When the address is none, or the kernel refuses.
    pub fn plug(&self, host: &Host, address: &str) -> Result<()> {
        self.plug_within(host, address, DEADLINE)
    }

    /// The same, with another deadline for the switch.
    ///
    /// # Errors
    /// When the time is over, too.
    pub fn plug_within(
        &self,
        host: &Host,
        address: &str,
        limit: Duration,
    ) -> Result<()> {
        let port = self.next_port();
        host.attach(address, &self.switch, &port)?;
        self.take(&port, limit)
    }

    /// Switches the switch off: no port of it passes anything on.
    ///
    /// # Errors
    /// None that is known.
    pub fn switch_off(&self) -> Result<()> {
        self.switch.run(|| sys::net::set_down(BRIDGE))
    }

    /// The same, with a cable that a script decides about: see [`Cable`].
    ///
    /// # Errors
    /// When the address is none, or the kernel refuses.
    pub fn plug_with(
        &self,
        host: &Host,
        address: &str,
        script: impl FnMut(&Passing) -> Decision + Send + 'static,
    ) -> Result<Cable> {
        Cable::start(self.ends(host, address)?, script)
    }

    /// The same, with a cable that lets no frame through unless it is told
    /// to: see [`Gate`].
    ///
    /// # Errors
    /// When the address is none, or the kernel refuses.
    pub fn plug_gated(
        &self,
        host: &Host,
        address: &str,
    ) -> Result<Gate> {
        Ok(Gate::new(self.ends(host, address)?))
    }

    fn ends(&self, host: &Host, address: &str) -> Result<Ends> {
        let port = self.next_port();
        let ends = Ends::new(|middle, [near, far]| {
            host.attach(address, middle, near)?;
            let n = self.ports.get();
            join(
                (middle, far, far_end(u16::MAX)),
                (&self.switch, &port, far_end(n)),
            )
        })?;
        self.take(&port, DEADLINE)?;
        Ok(ends)
    }

    fn next_port(&self) -> String {
        self.ports.set(self.ports.get() + 1);
        format!("port{}", self.ports.get())
    }

    /// Makes an interface a port, and waits until it passes frames on. The
    /// kernel notices some time later that there is a cable in it: a frame
    /// that is sent before that is lost.
    fn take(&self, port: &str, limit: Duration) -> Result<()> {
        self.switch.run(|| {
            sys::net::add_port(BRIDGE, port)?;
            let what = format!("{port} to pass frames on");
            wait_until(&what, limit, || {
                let ports = sys::net::forwarding_ports()?;
                Ok(ports.iter().any(|name| name == port))
            })
        })
    }

    /// What the switch has learned: which address is behind which port, in
    /// the order of the addresses.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn learned(&self) -> Result<Vec<(Mac, String)>> {
        self.switch.run(sys::net::learned)
    }

    /// The ports that pass frames on, in no order.
    ///
    /// # Errors
    /// When the kernel doesn't say.
    pub fn forwarding_ports(&self) -> Result<Vec<String>> {
        self.switch.run(sys::net::forwarding_ports)
    }

    /// Has the switch forget an address from which it has heard nothing for
    /// so long, to the hundredth of a second; 300 seconds, unless it is told
    /// otherwise. With 0 it learns none.
    ///
    /// # Errors
    /// When that is more than the kernel can count.
    pub fn set_ageing(&self, time: Duration) -> Result<()> {
        self.switch.run(|| sys::net::set_ageing(BRIDGE, time))
    }

    /// Pulls every cable out of the switch and hands their ends over, in the
    /// order of plugging: what becomes of a frame is up to whoever has them.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn take_ports(&self) -> Result<Vec<Port>> {
        let ports = 1..=self.ports.get();
        let names = ports.map(|n| format!("port{n}"));
        self.switch.run(|| {
            let names = names.map(|name| {
                sys::net::remove_port(&name)?;
                Port::here(&name)
            });
            names.collect()
        })
    }

    /// As a trace names it: a machine without an address.
    pub(crate) fn station(&self) -> Station {
        Station { name: self.name.clone(), interfaces: vec![] }
    }
}

/// A host with a card in several networks, that passes packets on from one
/// to the other: RFC 1812 §1.1.3.
#[derive(Debug, Clone)]
pub struct Router(Host);

impl Router {
    /// A router without a network card.
    ///
    /// # Errors
    /// Outside a lab.
    pub fn new(name: &str) -> Result<Router> {
        let host = Host::new(name)?;
        host.set_sysctl("ipv4/ip_forward", "1")?;
        // It also asks hosts for better routes, at most once a second: a
        // frame that one run has and another hasn't.
        host.set_sysctl("ipv4/conf/all/send_redirects", "0")?;
        host.set_sysctl("ipv4/conf/default/send_redirects", "0")?;
        Ok(Router(host))
    }
}

impl Deref for Router {
    type Target = Host;

    fn deref(&self) -> &Host {
        &self.0
    }
}
