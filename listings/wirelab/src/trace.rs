//! What one run of a lab put on the wire, and what was seen beside it.

use crate::{Frame, Mac, TcpState};
use std::time::Duration;

/// The frames of a run in the order in which they were sent, and between
/// them what their hosts did and were.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// The command that records it: `cargo run -q -p tcp --bin half_close`.
    pub command: String,
    /// In the order in which they are drawn.
    pub hosts: Vec<Station>,
    /// In the order of their times.
    pub events: Vec<Event>,
}

impl Trace {
    /// What happened in one scene, as if nothing else had. None if there is
    /// no such scene.
    pub fn scene(&self, name: &str) -> Option<Trace> {
        let is_scene = |e: &Event| matches!(e.what, What::Scene(_));
        let start = self.events.iter().position(
            |e| matches!(&e.what, What::Scene(n) if n == name),
        )?;
        let (before, scene) = self.events.split_at(start);
        let scene = &scene[1..];
        let end = scene.iter().position(is_scene);
        let mut events = scene[..end.unwrap_or(scene.len())].to_vec();
        let is_sent = |e: &&Event| matches!(e.what, What::Sent(_));
        let earlier = before.iter().filter(is_sent).count();
        events.retain_mut(|event| match &mut event.what {
            What::Arrived(arrived) => {
                let frame = arrived.frame.checked_sub(earlier);
                arrived.frame = frame.unwrap_or_default();
                frame.is_some()
            }
            _ => true,
        });
        let hosts = self.hosts.clone();
        Some(Trace { command: self.command.clone(), hosts, events })
    }

    /// The TCP segments in the order of their sending: the sender's name and
    /// the flags, `("client", "SYN ACK")`.
    pub fn segments(&self) -> Vec<(&str, String)> {
        self.sent()
            .filter_map(|(_, sent)| {
                let segment = Frame::new(&sent.bytes).tcp()?;
                let name = &*self.hosts[sent.host].name;
                Some((name, segment.flags.to_string()))
            })
            .collect()
    }

    /// The states of connections that were seen: the host's name and the
    /// state, in their order.
    pub fn states(&self) -> Vec<(&str, TcpState)> {
        self.events
            .iter()
            .filter_map(|event| match event.what {
                What::State { host, state } => {
                    Some((&*self.hosts[host].name, state))
                }
                _ => None,
            })
            .collect()
    }

    /// What a host's program did and met, in its order.
    pub fn remarks(&self, host: &str) -> Vec<&str> {
        self.events
            .iter()
            .filter_map(|event| match &event.what {
                What::Remark { host: at, text }
                    if self.hosts[*at].name == host =>
                {
                    Some(&**text)
                }
                _ => None,
            })
            .collect()
    }
}

/// A host that was watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Station {
    /// Unique in its trace: `client`.
    pub name: String,
    /// Empty for a switch, which has no address of its own.
    pub interfaces: Vec<Interface>,
}

/// A network interface of a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interface {
    /// `eth0`
    pub name: String,
    pub mac: Mac,
    /// With their prefix lengths: `172.16.10.1/24`.
    pub addresses: Vec<String>,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Since 1970-01-01 00:00 UTC, by the machine's clock.
    pub at: Duration,
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// What follows, up to the next scene, is drawn as a diagram of its own.
    Scene(String),
    /// A frame left a host's interface.
    Sent(Sent),
    /// A frame came in at a host's interface.
    Arrived(Arrived),
    /// The kernel said that the host's connection is in this state.
    State { host: usize, state: TcpState },
    /// What the program at the host did, or met: `shutdown(Write)`.
    Remark { host: usize, text: String },
}

/// A frame that left a host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    /// Index into [`Trace::hosts`].
    pub host: usize,
    /// Index into [`Station::interfaces`].
    pub interface: usize,
    /// From the destination's MAC address to the end of the payload, without
    /// preamble and frame check sequence.
    pub bytes: Vec<u8>,
}

/// A frame that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrived {
    /// Which of the frames sent, counted from 0 over the whole trace. It may
    /// arrive twice, at several hosts, late, or not at all.
    pub frame: usize,
    /// Index into [`Trace::hosts`].
    pub host: usize,
    /// Index into [`Station::interfaces`].
    pub interface: usize,
    pub cast: Cast,
    /// The bytes, if they are not those that were sent.
    pub changed: Option<Vec<u8>>,
}

/// For whom a frame is, as the kernel that takes it in sees it: packet(7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cast {
    /// PACKET_HOST: for this host alone.
    Unicast,
    /// PACKET_BROADCAST: for every host.
    Broadcast,
    /// PACKET_MULTICAST: for a group.
    Multicast,
    /// PACKET_OTHERHOST: for another host; it came here all the same.
    Other,
}
