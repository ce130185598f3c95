//! Systems without the namespaces of Linux: there is no lab, and a typed
//! error says so.

use super::{Captured, Card, LinkAddress, Neighbour, SocketInfo};
use crate::tcp::{Connection, Counters};
use crate::{Fragments, Mac, Unavailable};
use anyhow::{bail, Result};
use socket2::SockRef;
use std::convert::Infallible;
use std::io;
use std::thread::JoinHandle;
use std::time::Duration;

/// See the Linux side. Never succeeds.
pub fn enter() -> Result<(), Unavailable> {
    Err(Unavailable {
        step: "looking for Linux",
        error: io::ErrorKind::Unsupported.into(),
        hint: "Labs are made of Linux's network namespaces. Run this book \
               in WSL2, in its dev container or in a virtual machine"
            .into(),
    })
}

/// See the Linux side. Never succeeds.
pub fn probe() -> Result<(), Unavailable> {
    enter()
}

fn none<T>() -> Result<T> {
    bail!("labs need Linux")
}

/// See the Linux side. There is none.
#[derive(Debug)]
pub struct Namespace(Infallible);

impl Namespace {
    pub fn new() -> Result<Namespace> {
        none()
    }

    pub fn run<T: Send>(&self, _: impl FnOnce() -> T + Send) -> T {
        match self.0 {}
    }

    pub fn spawn<T: Send + 'static>(
        &self,
        _: impl FnOnce() -> T + Send + 'static,
    ) -> Result<JoinHandle<T>> {
        match self.0 {}
    }
}

/// See the Linux side. There is none.
#[derive(Debug)]
pub struct PacketSocket(Infallible);

impl PacketSocket {
    pub fn open(_: &str) -> Result<PacketSocket> {
        none()
    }

    pub fn ignore_outgoing(&self) -> Result<()> {
        match self.0 {}
    }

    pub fn bypass_queue(&self) -> Result<()> {
        match self.0 {}
    }

    pub fn next(&self) -> Result<Option<Captured>> {
        match self.0 {}
    }

    pub fn send(&self, _: &[u8]) -> io::Result<()> {
        match self.0 {}
    }

    pub fn lost(&self) -> Result<u32> {
        match self.0 {}
    }
}

pub fn wait_readable(_: &[&PacketSocket], _: Duration) -> Result<()> {
    none()
}

pub fn drop_capabilities() -> Result<()> {
    none()
}

pub fn set_sysctl(_: &str, _: &str) -> Result<()> {
    none()
}

pub mod net {
    use super::{io, none, Card, Duration, Fragments, LinkAddress};
    use super::{Mac, Namespace, Neighbour, Result, SockRef};
    use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

    pub fn add_pair(
        _: (&str, Option<Mac>),
        _: &Namespace,
        _: (&str, Option<Mac>),
    ) -> Result<()> {
        none()
    }

    pub fn add_bridge(_: &str) -> Result<()> {
        none()
    }

    pub fn add_port(_: &str, _: &str) -> Result<()> {
        none()
    }

    pub fn remove_port(_: &str) -> Result<()> {
        none()
    }

    pub fn set_ageing(_: &str, _: Duration) -> Result<()> {
        none()
    }

    pub fn card(_: &str) -> Result<Card> {
        none()
    }

    pub fn set_up(_: &str) -> Result<()> {
        none()
    }

    pub fn set_mac(_: &str, _: Mac) -> Result<()> {
        none()
    }

    pub fn link_addresses() -> Result<Vec<LinkAddress>> {
        none()
    }

    pub fn add_address(_: &str, _: IpAddr, _: u8) -> Result<()> {
        none()
    }

    pub fn remove_addresses(_: &str) -> Result<()> {
        none()
    }

    pub fn add_route(_: (Ipv4Addr, u8), _: Ipv4Addr) -> Result<()> {
        none()
    }

    pub fn next_hop(_: Ipv4Addr) -> Result<Option<Ipv4Addr>> {
        none()
    }

    pub fn set_least_timeout(
        _: &str,
        _: (Ipv4Addr, u8),
        _: Duration,
    ) -> Result<()> {
        none()
    }

    pub fn add_neighbour(_: &str, _: Ipv4Addr, _: Mac) -> Result<()> {
        none()
    }

    pub fn has_ipv6(_: &str) -> Result<bool> {
        none()
    }

    pub fn set_mtu(_: &str, _: u32) -> Result<()> {
        none()
    }

    pub fn neighbours() -> Result<Vec<Neighbour>> {
        none()
    }

    pub fn neighbours_ipv6() -> Result<Vec<Neighbour<Ipv6Addr>>> {
        none()
    }

    pub fn learned() -> Result<Vec<(Mac, String)>> {
        none()
    }

    pub fn set_down(_: &str) -> Result<()> {
        none()
    }

    pub fn forwarding_ports() -> Result<Vec<String>> {
        none()
    }

    pub fn set_fragments(_: &SockRef, _: Fragments) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    pub fn path_mtu(_: &SockRef) -> io::Result<u32> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

pub mod tcp {
    use super::{io, SockRef};
    use super::{none, Connection, Counters, Result, SocketInfo};

    pub fn find(_: Connection) -> Result<Option<SocketInfo>> {
        none()
    }

    pub fn counters(_: &SockRef) -> io::Result<Counters> {
        Err(io::ErrorKind::Unsupported.into())
    }
}
