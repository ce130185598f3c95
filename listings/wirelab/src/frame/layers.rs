//! A frame taken apart, field by field.

use super::checksum::{self, Checksum};
use super::{Flags, Frame};
use crate::summary::payload_text;
use crate::Mac;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::ops::Range;

/// One header of a frame, or what it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layer {
    /// `Ethernet`, `VLAN`, `ARP`, `IPv4`, `IPv6`, `Extension` (of IPv6),
    /// `ICMP`, `ICMPv6`, `IGMP`, `TCP`, `UDP`, `Payload`, `Padding`.
    pub name: &'static str,
    /// Of bytes in the frame.
    pub at: Range<usize>,
    /// Together they cover the layer.
    pub fields: Vec<Field>,
}

/// A part of a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// As its RFC calls it: `time to live`.
    pub name: &'static str,
    /// Of bytes in the frame. Fields smaller than a byte share theirs. It
    /// is empty, at the frame's end, where the frame is cut.
    pub at: Range<usize>,
    /// For people: `FIN ACK`, `172.16.10.1`, `0x0800 (IPv4)`. `cut: 1 of 2
    /// bytes` if the frame ends within it.
    pub value: String,
}

/// Takes a frame apart. The layers follow each other without a gap and
/// cover it all. If the frame is cut, the last layer's last field says so.
pub fn layers(frame: &[u8]) -> Vec<Layer> {
    let mut walk = Walk {
        bytes: frame,
        frame: Frame::new(frame),
        at: 0,
        end: frame.len(),
        layers: Vec::new(),
    };
    walk.ethernet();
    walk.payload(walk.end);
    walk.padding();
    walk.layers
}

struct Walk<'a> {
    bytes: &'a [u8],
    frame: Frame<'a>,
    /// All before it is in a layer.
    at: usize,
    /// Where the packet ends: what follows is padding.
    end: usize,
    layers: Vec<Layer>,
}

impl Walk<'_> {
    fn begin(&mut self, name: &'static str) {
        let at = self.at..self.at;
        self.layers.push(Layer { name, at, fields: Vec::new() });
    }

    fn push(&mut self, field: Field) {
        if let Some(layer) = self.layers.last_mut() {
            layer.at.end = layer.at.end.max(field.at.end);
            layer.fields.push(field);
        }
    }

    /// The next field, of `N` bytes, if they are there.
    fn take<const N: usize>(
        &mut self,
        name: &'static str,
        value: impl FnOnce([u8; N]) -> String,
    ) -> Option<[u8; N]> {
        let bytes =
            self.bytes.get(self.at..self.end)?.first_chunk::<N>();
        let Some(&bytes) = bytes else {
            self.cut_off(name, N);
            return None;
        };
        self.field(name, N, value(bytes));
        Some(bytes)
    }

    /// The next field, of any length, if it is there.
    fn take_long(
        &mut self,
        name: &'static str,
        length: usize,
        value: impl FnOnce(&[u8]) -> String,
    ) -> Option<()> {
        let bytes = self.bytes.get(self.at..self.end)?;
        let Some(bytes) = bytes.get(..length) else {
            self.cut_off(name, length);
            return None;
        };
        let value = value(bytes);
        self.field(name, length, value);
        Some(())
    }

    fn field(
        &mut self,
        name: &'static str,
        length: usize,
        value: String,
    ) {
        let at = self.at..self.at + length;
        self.at = at.end;
        self.push(Field { name, at, value });
    }

    /// A field within the bytes of the last one.
    fn within(
        &mut self,
        name: &'static str,
        length: usize,
        value: String,
    ) {
        let at = self.at - length..self.at;
        self.push(Field { name, at, value });
    }

    /// What is left of a field. A frame that ends where its packet ends is
    /// cut; a packet may also contradict its own lengths, and then the rest
    /// of the frame is none of its.
    fn cut_off(&mut self, name: &'static str, length: usize) {
        let here = self.end - self.at;
        let value = format!("cut: {here} of {length} bytes");
        self.field(name, here, value);
    }

    fn number16(&mut self, name: &'static str) -> Option<u16> {
        let bytes =
            self.take(name, |b| u16::from_be_bytes(b).to_string())?;
        Some(u16::from_be_bytes(bytes))
    }

    fn number32(&mut self, name: &'static str) -> Option<u32> {
        let bytes =
            self.take(name, |b| u32::from_be_bytes(b).to_string())?;
        Some(u32::from_be_bytes(bytes))
    }

    fn number8(&mut self, name: &'static str) -> Option<u8> {
        let [byte] = self.take(name, |[b]| b.to_string())?;
        Some(byte)
    }

    fn mac(&mut self, name: &'static str) -> Option<()> {
        self.take(name, |b| Mac(b).to_string()).map(|_| ())
    }

    fn ip4(&mut self, name: &'static str) -> Option<()> {
        self.take(name, |b| Ipv4Addr::from(b).to_string()).map(|_| ())
    }

    fn ip6(&mut self, name: &'static str) -> Option<()> {
        self.take(name, |b| Ipv6Addr::from(b).to_string()).map(|_| ())
    }

    fn checksum(
        &mut self,
        name: &'static str,
        known: Option<Checksum>,
    ) -> Option<()> {
        self.take(name, |bytes| {
            let is = u16::from_be_bytes(bytes);
            match known {
                Some(c) if c.is == is && c.right == is => {
                    format!("0x{is:04x} (right)")
                }
                Some(c) if c.is == is => {
                    format!("0x{is:04x} (wrong: 0x{:04x})", c.right)
                }
                _ => format!("0x{is:04x}"),
            }
        })
        .map(|_| ())
    }

    /// All up to `to` as what a program wrote.
    fn payload(&mut self, to: usize) {
        if self.at < to {
            self.begin("Payload");
            let length = to - self.at;
            self.take_long("data", length, |bytes| {
                payload_text(bytes).unwrap_or_default()
            });
        }
    }

    /// The rest of the frame, behind the packet.
    fn padding(&mut self) {
        let length = self.bytes.len() - self.at;
        if length > 0 {
            self.begin("Padding");
            let zeros = self.bytes[self.at..].iter().all(|&b| b == 0);
            let value = match (length, zeros) {
                (1, true) => "1 byte, zero".into(),
                (1, false) => "1 byte".into(),
                (n, true) => format!("{n} bytes, all zero"),
                (n, false) => format!("{n} bytes"),
            };
            self.field("padding", length, value);
        }
    }

    /// Narrows the packet to so many bytes from here, if so many are here.
    /// Says of the last field that they aren't.
    fn ends_after(&mut self, length: usize) {
        let here = self.end - self.at;
        if length <= here {
            self.end = self.at + length;
        } else if let Some(field) =
            self.layers.last_mut().and_then(|l| l.fields.last_mut())
        {
            let missing = length - here;
            field.value += &format!(" (cut: {missing} are missing)");
        }
    }

    fn ethernet(&mut self) -> Option<()> {
        self.begin("Ethernet");
        self.mac("destination")?;
        self.mac("source")?;
        let mut kind = self.ethertype()?;
        while matches!(kind, 0x8100 | 0x88a8 | 0x9100) {
            self.begin("VLAN");
            let value = |[a, b]: [u8; 2]| (a >> 5, a & 0xf, b);
            let tag =
                self.take("priority", |b| value(b).0.to_string())?;
            let (_, high, low) = value(tag);
            let id = u16::from_be_bytes([high, low]);
            self.within("VLAN identifier", 2, id.to_string());
            kind = self.ethertype()?;
        }
        match kind {
            0..=1500 => {
                self.ends_after(kind.into());
                None
            }
            0x0800 => self.ipv4(),
            0x0806 => self.arp(),
            0x86dd => self.ipv6(),
            _ => None,
        }
    }

    fn ethertype(&mut self) -> Option<u16> {
        let bytes = self.take("ethertype", |b| {
            let kind = u16::from_be_bytes(b);
            let name = match kind {
                0..=1500 => return format!("{kind} (length)"),
                0x0800 => "IPv4",
                0x0806 => "ARP",
                0x8100 | 0x88a8 | 0x9100 => "VLAN",
                0x86dd => "IPv6",
                0x88cc => "LLDP",
                _ => return format!("0x{kind:04x}"),
            };
            format!("0x{kind:04x} ({name})")
        })?;
        Some(u16::from_be_bytes(bytes))
    }

    fn arp(&mut self) -> Option<()> {
        self.begin("ARP");
        let hardware = self.take("hardware type", |b| {
            match u16::from_be_bytes(b) {
                1 => "1 (Ethernet)".into(),
                other => other.to_string(),
            }
        })?;
        let protocol = self.take("protocol type", |b| {
            match u16::from_be_bytes(b) {
                0x0800 => "0x0800 (IPv4)".into(),
                other => format!("0x{other:04x}"),
            }
        })?;
        let mac = self.number8("hardware address length")?;
        let ip = self.number8("protocol address length")?;
        self.take("operation", |b| match u16::from_be_bytes(b) {
            1 => "1 (request)".into(),
            2 => "2 (reply)".into(),
            other => other.to_string(),
        })?;
        let usual =
            (hardware, protocol, mac, ip) == ([0, 1], [8, 0], 6, 4);
        if usual {
            self.mac("sender hardware address")?;
            self.ip4("sender protocol address")?;
            self.mac("target hardware address")?;
            self.ip4("target protocol address")?;
        } else {
            let (mac, ip) = (mac.into(), ip.into());
            self.take_long("sender hardware address", mac, plain)?;
            self.take_long("sender protocol address", ip, plain)?;
            self.take_long("target hardware address", mac, plain)?;
            self.take_long("target protocol address", ip, plain)?;
        }
        self.end = self.at;
        Some(())
    }

    fn ipv4(&mut self) -> Option<()> {
        let start = self.at;
        self.begin("IPv4");
        let [first] =
            self.take("version", |[b]| (b >> 4).to_string())?;
        let header = 4 * usize::from(first & 0xf);
        self.within(
            "internet header length",
            1,
            format!("{} ({header} bytes)", first & 0xf),
        );
        let [service] =
            self.take("DSCP", |[b]| (b >> 2).to_string())?;
        self.within("ECN", 1, (service & 3).to_string());
        let total = usize::from(self.number16("total length")?);
        // Twelve bytes too few: no packet has them, so believe the frame.
        if total >= header && header >= 20 {
            self.ends_after((start + total).saturating_sub(self.at));
        }
        self.take("identification", |b| {
            format!("0x{:04x}", u16::from_be_bytes(b))
        })?;
        let fragment = self.take("flags", |[a, _]| {
            match (a & 0x40 != 0, a & 0x20 != 0) {
                (false, false) => "none",
                (true, false) => "don't fragment",
                (false, true) => "more fragments",
                (true, true) => "don't fragment, more fragments",
            }
            .into()
        })?;
        let more = fragment[0] & 0x20 != 0;
        let offset =
            8 * (u16::from_be_bytes(fragment) & 0x1fff) as usize;
        self.within("fragment offset", 2, format!("{offset} bytes"));
        self.number8("time to live")?;
        let protocol = self.protocol("protocol")?;
        let known = checksum::ipv4_header(&self.frame);
        self.checksum("header checksum", known)?;
        self.ip4("source address")?;
        self.ip4("destination address")?;
        if first >> 4 != 4 {
            return None;
        }
        if header > 20 {
            self.take_long("options", header - 20, plain)?;
        }
        if header < 20 || more || offset > 0 {
            return None; // no header to be read
        }
        match protocol {
            1 => self.icmp(false),
            2 => self.igmp(),
            6 => self.tcp(),
            17 => self.udp(),
            _ => None,
        }
    }

    fn protocol(&mut self, name: &'static str) -> Option<u8> {
        let [protocol] = self.take(name, |[b]| {
            let name = match b {
                0 => "hop-by-hop options",
                1 => "ICMP",
                2 => "IGMP",
                6 => "TCP",
                17 => "UDP",
                43 => "routing",
                44 => "fragment",
                58 => "ICMPv6",
                59 => "nothing",
                60 => "destination options",
                _ => return b.to_string(),
            };
            format!("{b} ({name})")
        })?;
        Some(protocol)
    }

    fn ipv6(&mut self) -> Option<()> {
        self.begin("IPv6");
        let first = self
            .take("version", |[a, ..]: [u8; 4]| (a >> 4).to_string())?;
        let word = u32::from_be_bytes(first);
        let class = (word >> 20) & 0xff;
        self.within("traffic class", 4, class.to_string());
        let label = word & 0xf_ffff;
        self.within("flow label", 4, format!("0x{label:05x}"));
        let length = usize::from(self.number16("payload length")?);
        // The next header, the hop limit, two addresses; then the payload.
        self.ends_after(34 + length);
        let mut next = self.protocol("next header")?;
        self.number8("hop limit")?;
        self.ip6("source address")?;
        self.ip6("destination address")?;
        if word >> 28 != 6 {
            return None;
        }
        while matches!(next, 0 | 43 | 44 | 60) {
            let kind = next;
            self.begin("Extension");
            next = self.protocol("next header")?;
            if kind == 44 {
                self.number8("reserved")?;
                let offset = self.take("fragment offset", |b| {
                    format!("{} bytes", u16::from_be_bytes(b) & !7)
                })?;
                let offset = u16::from_be_bytes(offset);
                self.within(
                    "flags",
                    2,
                    match offset & 1 {
                        1 => "more fragments".into(),
                        _ => "none".into(),
                    },
                );
                self.take("identification", |b| {
                    format!("0x{:08x}", u32::from_be_bytes(b))
                })?;
                if offset & !6 != 0 {
                    return None;
                }
            } else {
                let [more] =
                    self.take("header extension length", |[b]| {
                        format!(
                            "{b} ({} bytes)",
                            8 + 8 * usize::from(b)
                        )
                    })?;
                let length = 6 + 8 * usize::from(more);
                self.take_long("options", length, plain)?;
            }
        }
        match next {
            6 => self.tcp(),
            17 => self.udp(),
            58 => self.icmp(true),
            _ => None,
        }
    }

    fn udp(&mut self) -> Option<()> {
        self.begin("UDP");
        self.number16("source port")?;
        self.number16("destination port")?;
        let length = usize::from(self.number16("length")?);
        if length >= 8 {
            self.ends_after(length - 6);
        }
        self.checksum("checksum", checksum::transport(&self.frame))
    }

    fn tcp(&mut self) -> Option<()> {
        let start = self.at;
        self.begin("TCP");
        self.number16("source port")?;
        self.number16("destination port")?;
        self.number32("sequence number")?;
        self.number32("acknowledgment number")?;
        let [offset] = self.take("data offset", |[b]| {
            format!("{} ({} bytes)", b >> 4, 4 * usize::from(b >> 4))
        })?;
        self.within("reserved", 1, (offset & 0xf).to_string());
        self.take("control bits", |[byte]| {
            let mut names = Flags::from_byte(byte).to_string();
            for (bit, name) in [(64, " ECE"), (128, " CWR")] {
                if byte & bit != 0 {
                    names += name;
                }
            }
            match names.strip_prefix("none ") {
                Some(names) => names.into(),
                None => names,
            }
        })?;
        self.number16("window")?;
        self.checksum("checksum", checksum::transport(&self.frame))?;
        self.number16("urgent pointer")?;
        let data = start + 4 * usize::from(offset >> 4);
        while self.at < data {
            self.tcp_option(data)?;
        }
        Some(())
    }

    /// One option before the data (RFC 9293 §3.2).
    fn tcp_option(&mut self, data: usize) -> Option<()> {
        let Some(&kind) = self.bytes[..self.end].get(self.at) else {
            self.cut_off("options", data - self.at);
            return None;
        };
        if kind == 1 {
            self.field("no-operation", 1, "1".into());
            return Some(());
        }
        if kind == 0 {
            let value = "the list ends".to_string();
            return self.take_long(
                "end of option list",
                data - self.at,
                |_| value,
            );
        }
        let length = self.bytes[..self.end].get(self.at + 1);
        let length = usize::from(length.copied().unwrap_or(2));
        if length < 2 || length > data - self.at {
            return self.take_long(
                "options",
                data - self.at,
                |bytes| {
                    format!("{} (no list of options)", plain(bytes))
                },
            );
        }
        let name = match (kind, length) {
            (2, 4) => "maximum segment size",
            (3, 3) => "window scale",
            (4, 2) => "SACK permitted",
            (5, _) => "SACK",
            (8, 10) => "timestamps",
            _ => "option",
        };
        self.take_long(name, length, |bytes| {
            let word = |at: usize| {
                let bytes =
                    bytes.get(at..).and_then(|b| b.first_chunk());
                bytes.map_or(0, |&bytes| u32::from_be_bytes(bytes))
            };
            let all = &bytes[2..];
            match (name, all) {
                ("maximum segment size", &[a, b]) => {
                    format!("{} bytes", u16::from_be_bytes([a, b]))
                }
                ("window scale", &[shift]) => {
                    let times = 1u64.checked_shl(shift.into());
                    match times.filter(|_| shift <= 14) {
                        Some(times) => {
                            format!("{shift} (times {times})")
                        }
                        None => format!("{shift}"),
                    }
                }
                ("SACK permitted", _) => "yes".into(),
                ("SACK", _) => {
                    let edges = (2..bytes.len()).step_by(8);
                    let blocks = edges.map(|i| {
                        format!("{}–{}", word(i), word(i + 4))
                    });
                    blocks.collect::<Vec<_>>().join(", ")
                }
                ("timestamps", _) => {
                    format!("value {}, echo {}", word(2), word(6))
                }
                _ => format!("kind {kind}: {}", plain(all)),
            }
        })
    }

    fn igmp(&mut self) -> Option<()> {
        self.begin("IGMP");
        let igmp = self.frame.igmp();
        let [kind] = self.take("type", |[b]| {
            match igmp.as_ref().and_then(|igmp| igmp.name()) {
                Some(name) => format!("0x{b:02x} ({name})"),
                None => format!("0x{b:02x}"),
            }
        })?;
        self.number8("max response time")?;
        self.checksum("checksum", checksum::transport(&self.frame))?;
        if kind == 0x22 {
            self.number16("reserved")?;
            let count = self.number16("number of group records")?;
            for _ in 0..count {
                self.number8("record type")?;
                let aux = self.number8("aux data length")?;
                let sources = self.number16("number of sources")?;
                self.ip4("multicast address")?;
                for _ in 0..sources {
                    self.ip4("source address")?;
                }
                if aux > 0 {
                    let length = 4 * usize::from(aux);
                    self.take_long("auxiliary data", length, plain)?;
                }
            }
            Some(())
        } else {
            self.ip4("group address")
        }
    }

    fn icmp(&mut self, v6: bool) -> Option<()> {
        self.begin(if v6 { "ICMPv6" } else { "ICMP" });
        let name = match v6 {
            true => self.frame.icmpv6().and_then(|icmp| icmp.name()),
            false => self.frame.icmp().and_then(|icmp| icmp.name()),
        };
        let [kind] = self.take("type", |[b]| match name {
            Some(name) => format!("{b} ({name})"),
            None => b.to_string(),
        })?;
        let code = self.number8("code")?;
        self.checksum("checksum", checksum::transport(&self.frame))?;
        match (v6, kind) {
            (false, 0 | 8) | (true, 128 | 129) => {
                self.number16("identifier")?;
                self.number16("sequence number")?;
            }
            (false, 3) if code == 4 => {
                self.number16("unused")?;
                self.number16("next-hop MTU")?; // RFC 1191 §4
                self.quote();
            }
            (false, 5) => {
                self.ip4("gateway internet address")?;
                self.quote();
            }
            (false, 3 | 4 | 11) | (true, 1 | 3) => {
                self.number32("unused")?;
                self.quote();
            }
            (false, 12) => {
                self.number8("pointer")?;
                self.take("unused", |b: [u8; 3]| plain(&b))?;
                self.quote();
            }
            (true, 2) => {
                self.number32("MTU")?;
                self.quote();
            }
            (true, 4) => {
                self.number32("pointer")?;
                self.quote();
            }
            (true, 133) => {
                self.number32("reserved")?;
                self.ndp_options()?;
            }
            (true, 134) => {
                self.number8("current hop limit")?;
                self.take("flags", |[b]| format!("0x{b:02x}"))?;
                let seconds =
                    |b| format!("{} s", u16::from_be_bytes(b));
                let ms = |b| format!("{} ms", u32::from_be_bytes(b));
                self.take("router lifetime", seconds)?;
                self.take("reachable time", ms)?;
                self.take("retransmission timer", ms)?;
                self.ndp_options()?;
            }
            (true, 135) => {
                self.number32("reserved")?;
                self.ip6("target address")?;
                self.ndp_options()?;
            }
            (true, 136) => {
                self.take("flags", |[a, ..]: [u8; 4]| {
                    let names = ["router", "solicited", "override"];
                    let bits = [0x80, 0x40, 0x20];
                    let set = names.into_iter().zip(bits);
                    let set = set.filter(|(_, bit)| a & bit != 0);
                    let set: Vec<_> =
                        set.map(|(name, _)| name).collect();
                    match set.is_empty() {
                        true => "none".into(),
                        false => set.join(", "),
                    }
                })?;
                self.ip6("target address")?;
                self.ndp_options()?;
            }
            (true, 130..=132) => {
                self.number16("maximum response delay")?;
                self.number16("reserved")?;
                self.ip6("multicast address")?;
            }
            (true, 143) => {
                self.number16("reserved")?;
                let count = self.number16("number of records")?;
                for _ in 0..count {
                    self.number8("record type")?;
                    let aux = self.number8("aux data length")?;
                    let sources = self.number16("number of sources")?;
                    self.ip6("multicast address")?;
                    for _ in 0..sources {
                        self.ip6("source address")?;
                    }
                    if aux > 0 {
                        let length = 4 * usize::from(aux);
                        self.take_long(
                            "auxiliary data",
                            length,
                            plain,
                        )?;
                    }
                }
            }
            _ => {}
        }
        Some(())
    }

    /// The packet that an error is about, as one field.
    fn quote(&mut self) {
        let about = match self.frame.icmp() {
            Some(icmp) => icmp.quote,
            None => match self.frame.icmpv6().map(|icmp| icmp.body) {
                Some(super::Icmpv6Body::Error(quote)) => quote,
                _ => None,
            },
        };
        let length = self.end - self.at;
        if length > 0 {
            self.take_long(
                "quoted packet",
                length,
                |bytes| match about {
                    Some(about) => about.to_string(),
                    None => plain(bytes),
                },
            );
        }
    }

    /// To the end of the packet (RFC 4861 §4.6).
    fn ndp_options(&mut self) -> Option<()> {
        while self.at < self.end {
            let head = &self.bytes[self.at..self.end];
            let (kind, length) = match head {
                [kind, length, ..] => (*kind, *length),
                _ => (0, 1),
            };
            if length == 0 {
                let rest = self.end - self.at;
                return self.take_long("options", rest, plain);
            }
            let name = match kind {
                1 => "source link-layer address",
                2 => "target link-layer address",
                3 => "prefix information",
                5 => "MTU",
                14 => "nonce",
                _ => "option",
            };
            self.take_long(
                name,
                8 * usize::from(length),
                |bytes| match (kind, bytes[2..].first_chunk()) {
                    (1 | 2, Some(&mac)) => Mac(mac).to_string(),
                    _ => plain(&bytes[2..]),
                },
            )?;
        }
        Some(())
    }
}

/// Bytes that have no other form, long ones cut.
fn plain(bytes: &[u8]) -> String {
    const SHOWN: usize = 16;
    let start = &bytes[..bytes.len().min(SHOWN)];
    let hex = start.iter().map(|byte| format!("{byte:02x}"));
    let hex = hex.collect::<Vec<_>>().join(" ");
    match bytes.len() {
        0 => "empty".into(),
        n if n > SHOWN => format!("{hex} … ({n} bytes)"),
        _ => hex,
    }
}
