//! What each frame of a trace says, in a few words.

mod describe;

use crate::frame::Frame;
use crate::trace::{Arrived, Sent, Trace, What};
use crate::Mac;
pub(crate) use describe::{
    bytes, hex, payload as payload_text, payload_whole, Describer,
    Ports,
};

/// One frame, as an arrow of a diagram is labelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Index into [`Trace::hosts`].
    pub from: usize,
    /// Where it arrived, each host once, in the order of arrival. Of a
    /// frame that was lost: whom it was for, if that is known.
    pub to: Vec<usize>,
    /// It didn't arrive, or not where it was meant to.
    pub lost: bool,
    /// `SYN ACK`, `ARP request`, `ICMP port unreachable`
    pub headline: String,
    /// `seq 0 ack 1`, `who has 172.16.10.2? tell 172.16.10.1`; sequence
    /// numbers count from the connection's first.
    pub detail: String,
    /// `“question” · 8 bytes`, if a program wrote anything.
    pub payload: Option<String>,
    pub fate: Fate,
}

/// What became of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fate {
    Delivered,
    Lost,
    /// It arrived twice, or more often, at one interface.
    Duplicated,
    /// Its bytes are not those that were sent.
    Changed,
    /// One that its sender sent later was there before it.
    Late,
}

impl Trace {
    /// A summary of each frame sent, in order.
    pub fn summaries(&self) -> Vec<Summary> {
        let mut describer = Describer::default();
        let frames: Vec<&Sent> = self.sent().map(|(_, s)| s).collect();
        // In the order of the events: who came before whom.
        let arrived =
            self.events.iter().filter_map(|e| match &e.what {
                What::Arrived(arrived) => Some(arrived),
                _ => None,
            });
        let arrived: Vec<&Arrived> = arrived.collect();
        let mut summaries = Vec::new();
        for (i, sent) in frames.iter().enumerate() {
            let frame = Frame::new(&sent.bytes);
            let described =
                describer.describe(&frame, sent.host, &mut RealPorts);
            let mut to = Vec::new();
            for arrival in arrived.iter().filter(|a| a.frame == i) {
                if !to.contains(&arrival.host) {
                    to.push(arrival.host);
                }
            }
            let mac = frame.destination();
            let targets: Vec<usize> = (0..self.hosts.len())
                .filter(|&host| host != sent.host)
                .filter(|&host| mac.is_some_and(|m| self.has(host, m)))
                .collect();
            let lost = match targets.is_empty() {
                true => to.is_empty(),
                false => !targets.iter().any(|host| to.contains(host)),
            };
            if lost {
                to = targets;
            }
            summaries.push(Summary {
                from: sent.host,
                to,
                lost,
                headline: described.headline,
                detail: described.detail,
                payload: frame.payload().and_then(describe::payload),
                fate: match lost {
                    true => Fate::Lost,
                    false => fate(i, &frames, &arrived),
                },
            });
        }
        summaries
    }

    /// Whether the host has an interface with this address.
    fn has(&self, host: usize, mac: Mac) -> bool {
        self.hosts[host].interfaces.iter().any(|i| i.mac == mac)
    }
}

/// The fate of a frame that arrived.
fn fate(frame: usize, frames: &[&Sent], arrived: &[&Arrived]) -> Fate {
    let mut of_it =
        arrived.iter().enumerate().filter(|(_, a)| a.frame == frame);
    let place = |a: &Arrived| (a.host, a.interface);
    if of_it.clone().any(|(_, a)| a.changed.is_some()) {
        return Fate::Changed;
    }
    let twice = of_it.clone().any(|(i, a)| {
        of_it.clone().any(|(j, b)| i != j && place(a) == place(b))
    });
    if twice {
        return Fate::Duplicated;
    }
    let sender =
        |i: usize| frames.get(i).map(|s| (s.host, s.interface));
    let late = of_it.any(|(i, a)| {
        arrived[..i].iter().any(|b| {
            b.frame > frame
                && place(a) == place(b)
                && sender(b.frame) == sender(frame)
        })
    });
    match late {
        true => Fate::Late,
        false => Fate::Delivered,
    }
}

/// Ports as they are.
pub(crate) struct RealPorts;

impl Ports for RealPorts {
    fn port(&mut self, _: std::net::IpAddr, port: u16) -> String {
        port.to_string()
    }
}
