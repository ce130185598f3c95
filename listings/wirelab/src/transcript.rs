//! Traces as text, one line an event.

use crate::frame::{layers, Frame, Icmpv6Body, Layer};
use crate::summary::{
    bytes, hex, payload_whole, Describer, Ports, RealPorts,
};
use crate::trace::{Arrived, Cast, Event, Sent, Trace, What};
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

impl Trace {
    /// The text by which two runs of one lab are compared, one line an
    /// event. What differs from run to run is left out or renamed: times,
    /// first sequence numbers, ephemeral ports, IP's identifications,
    /// windows, TCP's options, checksums. Arrivals of one frame that
    /// directly follow each other are sorted by host.
    pub fn normalised(&self) -> String {
        let mut ports = Renamed::default();
        let mut lines = Lines::new(self, &mut ports);
        let mut text = String::new();
        for event in sorted(&self.events) {
            text += &lines.line(&event.what);
            text += "\n";
        }
        text
    }

    /// One line an event: when, in ms since the first; and what, as in
    /// [`Trace::normalised`], with the ports as they are. For people to
    /// read when a lab didn't go as it should.
    pub fn table(&self) -> String {
        let mut ports = RealPorts;
        let mut lines = Lines::new(self, &mut ports);
        let first =
            self.events.first().map_or(Duration::ZERO, |e| e.at);
        let mut text = String::new();
        for event in &self.events {
            let ms = |time: Duration| time.as_secs_f64() * 1e3;
            let ms = match event.at.checked_sub(first) {
                Some(later) => ms(later),
                None => -ms(first - event.at),
            };
            let line = lines.line(&event.what);
            text += &format!("{ms:>10.3}  {line}\n");
        }
        text
    }
}

/// The events, and each run of arrivals of one frame by host.
fn sorted(events: &[Event]) -> Vec<&Event> {
    let mut events: Vec<&Event> = events.iter().collect();
    let frame = |event: &Event| match &event.what {
        What::Arrived(arrived) => Some(arrived.frame),
        _ => None,
    };
    let runs = events.chunk_by_mut(|a, b| {
        frame(a).is_some() && frame(a) == frame(b)
    });
    for run in runs {
        // Stable: two that came to one interface stay in their order.
        run.sort_by_key(|event| match &event.what {
            What::Arrived(arrived) => (arrived.host, arrived.interface),
            _ => (0, 0),
        });
    }
    events
}

struct Lines<'a> {
    trace: &'a Trace,
    sent: Vec<&'a Sent>,
    describer: Describer,
    ports: &'a mut dyn Ports,
    next: usize,
}

impl<'a> Lines<'a> {
    fn new(trace: &'a Trace, ports: &'a mut dyn Ports) -> Lines<'a> {
        let sent = trace.sent().map(|(_, sent)| sent).collect();
        let describer = Describer::default();
        Lines { trace, sent, describer, ports, next: 0 }
    }

    fn line(&mut self, what: &What) -> String {
        match what {
            What::Scene(title) => format!("scene: {title}"),
            What::Sent(sent) => {
                self.next += 1;
                let number = self.next;
                let from = self.place(sent.host, sent.interface);
                let frame = Frame::new(&sent.bytes);
                let what = self.frame(&frame, Some(sent.host));
                format!("frame {number} left {from}: {what}")
            }
            What::Arrived(arrived) => self.arrived(arrived),
            What::State { host, state } => {
                format!("{} is {state}", self.name(*host))
            }
            What::Remark { host, text } => {
                let text = ports_in(text, self.ports);
                format!("{}: {text}", self.name(*host))
            }
        }
    }

    fn arrived(&mut self, arrived: &Arrived) -> String {
        let number = arrived.frame + 1;
        let at = self.place(arrived.host, arrived.interface);
        let cast = match arrived.cast {
            Cast::Unicast => "",
            Cast::Broadcast => ", broadcast",
            Cast::Multicast => ", multicast",
            Cast::Other => ", not addressed to it",
        };
        let mut line = format!("frame {number} arrived at {at}{cast}");
        if let Some(changed) = &arrived.changed {
            let sent = self.sent.get(arrived.frame);
            let sent = sent.map_or(&[][..], |sent| &sent.bytes);
            let what = self.frame(&Frame::new(changed), None);
            let fields = changed_fields(sent, changed).join(", ");
            line += &format!(", changed in {fields}: {what}");
        }
        line
    }

    fn name(&self, host: usize) -> String {
        match self.trace.hosts.get(host) {
            Some(host) => host.name.clone(),
            None => format!("host {host}"),
        }
    }

    /// `client`, and which interface if it has several: `router eth1`.
    fn place(&self, host: usize, interface: usize) -> String {
        let name = self.name(host);
        let station = self.trace.hosts.get(host);
        let all = station.map_or(&[][..], |host| &host.interfaces);
        match all.get(interface) {
            Some(_) if all.len() == 1 => name,
            Some(interface) => format!("{name} {}", interface.name),
            None => format!("{name} interface {interface}"),
        }
    }

    /// The MAC and IP addresses, the ports, and what it says.
    fn frame(&mut self, frame: &Frame, host: Option<usize>) -> String {
        let mac = |mac: Option<_>| match mac {
            Some(mac) => format!("{mac}"),
            None => "?".into(),
        };
        let mut parts = vec![format!(
            "{} → {}",
            mac(frame.source()),
            mac(frame.destination())
        )];
        let ports = match (frame.tcp(), frame.udp()) {
            (Some(tcp), _) => {
                Some((tcp.source_port, tcp.destination_port))
            }
            (_, Some(udp)) => {
                Some((udp.source_port, udp.destination_port))
            }
            _ => None,
        };
        if let Some((from, to)) = frame.addresses() {
            let mut end = |ip: IpAddr, port: Option<u16>| match port {
                Some(port) if ip.is_ipv6() => {
                    format!("[{ip}]:{}", self.ports.port(ip, port))
                }
                Some(port) => {
                    format!("{ip}:{}", self.ports.port(ip, port))
                }
                None => ip.to_string(),
            };
            let from = end(from, ports.map(|ports| ports.0));
            let to = end(to, ports.map(|ports| ports.1));
            parts.push(format!("{from} → {to}"));
        }
        if let Some(ip) = frame.ipv4() {
            parts.push(format!("ttl {}", ip.ttl));
        } else if let Some(ip) = frame.ipv6() {
            parts.push(format!("hop limit {}", ip.hop_limit));
        }
        let said = self.describer.exactly(frame, host, self.ports);
        parts.push(said.headline);
        parts.push(said.detail);
        parts.push(match frame.payload() {
            Some(payload) => payload_whole(payload),
            None => rest(frame),
        });
        parts.retain(|part| !part.is_empty());
        parts.join(", ")
    }
}

/// What a frame carries that is neither TCP nor UDP, as far as it doesn't
/// repeat what was sent before.
fn rest(frame: &Frame) -> String {
    if let Some(icmp) = frame.icmp() {
        return match icmp.quote {
            Some(_) => String::new(),
            None => payload_whole(icmp.payload),
        };
    }
    if let Some(icmp) = frame.icmpv6() {
        return match (icmp.body, icmp.payload.get(4..)) {
            (Icmpv6Body::Echo { .. }, Some(data)) => {
                payload_whole(data)
            }
            _ => String::new(),
        };
    }
    if frame.arp().is_some() || frame.igmp().is_some() {
        return String::new();
    }
    // A fragment has ports and checksums at places of its own.
    if let Some(ip) = frame.ipv4() {
        return bytes(ip.payload.len());
    }
    if let Some(ip) = frame.ipv6() {
        return bytes(ip.payload.len());
    }
    hex(frame.bytes().get(12..).unwrap_or_default())
}

/// The names of the fields in which two frames differ.
fn changed_fields(was: &[u8], is: &[u8]) -> Vec<&'static str> {
    // Named by what was sent; by what came where it was longer.
    let fields = |layers: Vec<Layer>| {
        layers.into_iter().flat_map(|layer| layer.fields)
    };
    let both = fields(layers(was)).chain(fields(layers(is)));
    let mut names = Vec::new();
    for field in both {
        let differ = was.get(field.at.clone()) != is.get(field.at);
        if differ && !names.contains(&field.name) {
            names.push(field.name);
        }
    }
    if names.is_empty() {
        names.push("nothing");
    }
    names
}

/// Ephemeral ports begin here: Linux's `ip_local_port_range`, ip(7).
const EPHEMERAL: u16 = 32768;

/// Ephemeral ports by the order in which they appear.
#[derive(Default)]
struct Renamed(Vec<(IpAddr, u16)>);

impl Ports for Renamed {
    fn port(&mut self, address: IpAddr, port: u16) -> String {
        if port < EPHEMERAL {
            return port.to_string();
        }
        // A remark may have named the port without its address.
        let any = |ip: IpAddr| ip.is_unspecified();
        let same = |&(ip, known): &(IpAddr, u16)| {
            known == port && (ip == address || any(ip) || any(address))
        };
        let known = self.0.iter().position(same).unwrap_or_else(|| {
            self.0.push((address, port));
            self.0.len() - 1
        });
        format!("port{}", known + 1)
    }
}

/// A remark, with its ports printed as they are in frames: numbers behind a
/// colon, `172.16.10.1:40001`.
fn ports_in(text: &str, ports: &mut dyn Ports) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(colon) = rest.find(':') {
        let (before, after) = rest.split_at(colon);
        let after = &after[1..];
        let end = after
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(after.len());
        out += before;
        out += ":";
        let port = after[..end].parse::<u16>().ok();
        match port.filter(|&port| port >= EPHEMERAL) {
            Some(port) => {
                let start = before
                    .rfind(|c: char| !c.is_ascii_digit() && c != '.');
                let ip = before[start.map_or(0, |i| {
                    i + before[i..]
                        .chars()
                        .next()
                        .map_or(0, char::len_utf8)
                })..]
                    .parse::<Ipv4Addr>();
                let ip = ip.unwrap_or(Ipv4Addr::UNSPECIFIED);
                out += &ports.port(ip.into(), port);
            }
            None => out += &after[..end],
        }
        rest = &after[end..];
    }
    out + rest
}
