//! A private network behind a router that translates: its program, and the
//! hosts around it.

use crate::arp;
use crate::translator::{Dropped, Nat};
use anyhow::{ensure, Context, Result};
use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::time::{Duration, Instant};
use wirelab::{Frame, Host, Lan, Mac, Port, Recording};

/// The router's address outside.
pub const OUTSIDE: Ipv4Addr = Ipv4Addr::new(203, 0, 113, 1);

/// Where the server is.
pub const SERVER: &str = "203.0.113.80:7000";

/// What becomes of a packet.
pub type Verdict = Result<(), Dropped>;

/// Inside.
const IN: usize = 0;

/// A router that translates. It has two network cards, one inside and one
/// outside, and knows everybody's MAC address.
#[derive(Debug)]
pub struct NatRouter {
    pub nat: Nat,
    cards: [Port; 2],
    macs: [Mac; 2],
    neighbours: HashMap<Ipv4Addr, Mac>,
}

impl NatRouter {
    /// Takes the place of a host's kernel, which has stepped back. Its cards
    /// are `eth0` inside and `eth1` outside.
    ///
    /// # Errors
    /// When the host doesn't have both.
    pub fn new(
        host: &Host,
        neighbours: HashMap<Ipv4Addr, Mac>,
    ) -> Result<NatRouter> {
        let interfaces = host.interfaces();
        ensure!(interfaces.len() == 2, "{} has no two", host.name());
        Ok(NatRouter {
            nat: Nat::new(OUTSIDE, 6001..=6999),
            cards: [Port::on(host, "eth0")?, Port::on(host, "eth1")?],
            macs: [0, 1].map(|n| interfaces[n].mac),
            neighbours,
        })
    }

    /// Passes the next packet on, or drops it. None if there is none in
    /// time.
    ///
    /// # Errors
    /// When a card fails.
    pub fn pass(
        &mut self,
        patience: Duration,
    ) -> Result<Option<Verdict>> {
        let start = Instant::now();
        loop {
            for from in [IN, 1 - IN] {
                while let Some(frame) = self.cards[from].next()? {
                    if self.is_for_me(from, &frame) {
                        return self.forward(from, frame).map(Some);
                    }
                }
            }
            let left = patience.saturating_sub(start.elapsed());
            if left.is_zero() {
                return Ok(None);
            }
            Port::wait_any(&self.cards, left)?;
        }
    }

    /// Whether a frame brings a packet of IPv4 to this router.
    fn is_for_me(&self, from: usize, frame: &[u8]) -> bool {
        let frame = Frame::new(frame);
        frame.destination() == Some(self.macs[from])
            && frame.ethertype() == Some(0x0800)
    }

    fn forward(
        &mut self,
        from: usize,
        mut frame: Vec<u8>,
    ) -> Result<Verdict> {
        let (header, packet) = frame.split_at_mut(14);
        let now = Instant::now();
        let translated = match from {
            IN => self.nat.outbound(packet, now),
            _ => self.nat.inbound(packet, now),
        };
        if translated.is_err() {
            return Ok(translated);
        }
        let to = packet.get(16..).and_then(|rest| rest.first_chunk());
        let to = Ipv4Addr::from(*to.context("no destination")?);
        let Some(mac) = self.neighbours.get(&to) else {
            return Ok(Err(Dropped::Unreachable));
        };
        let out = 1 - from;
        header[..6].copy_from_slice(&mac.0);
        header[6..12].copy_from_slice(&self.macs[out].0);
        self.cards[out].send(&frame)?;
        Ok(translated)
    }

    /// Says on both sides where it is, so that the switches know.
    ///
    /// # Errors
    /// When a card fails.
    fn announce(&self) -> Result<()> {
        let inside = Ipv4Addr::new(192, 168, 1, 1);
        for (n, ip) in [inside, OUTSIDE].into_iter().enumerate() {
            let frame = arp::announcement(ip, self.macs[n]);
            self.cards[n].send(&frame)?;
        }
        Ok(())
    }
}

/// Two hosts in a private network, the router, and a server outside.
pub struct House {
    pub a: Host,
    pub b: Host,
    pub nat: Host,
    pub server: Host,
    pub router: NatRouter,
    pub recording: Recording,
    _lans: [Lan; 2],
}

impl House {
    /// Enters the lab, and builds it. Nobody needs to ask for a MAC address.
    ///
    /// # Errors
    /// Where no lab can be had: [`wirelab::Unavailable`].
    pub fn new() -> Result<House> {
        wirelab::enter()?;
        let lans = [Lan::new("inside")?, Lan::new("outside")?];
        let (a, b) = (Host::new("a")?, Host::new("b")?);
        let (nat, server) = (Host::new("nat")?, Host::new("server")?);
        lans[0].plug(&a, "192.168.1.10/24")?;
        lans[0].plug(&b, "192.168.1.11/24")?;
        lans[0].plug(&nat, "192.168.1.1/24")?;
        lans[1].plug(&nat, "203.0.113.1/24")?;
        lans[1].plug(&server, "203.0.113.80/24")?;
        for host in [&a, &b] {
            host.route_through("192.168.1.1".parse()?)?;
        }
        let mut neighbours = HashMap::new();
        for host in [&a, &b, &server] {
            host.learn(&nat)?;
            let card = &host.interfaces()[0];
            let address = card.addresses[0].split('/').next();
            let ip = address.context("no address")?.parse()?;
            neighbours.insert(ip, card.mac);
        }
        nat.step_back()?;
        let router = NatRouter::new(&nat, neighbours)?;
        let mut recording = Recording::of(&[&a, &b, &nat, &server])?;
        router.announce()?;
        recording.wait("the announcements", |trace| {
            let frames = trace.summaries();
            frames.iter().map(|frame| frame.to.len()).sum::<usize>()
                == 3
        })?;
        recording.forget();
        let _lans = lans;
        Ok(House { a, b, nat, server, router, recording, _lans })
    }
}
