//! Traces as files that Wireshark opens: pcapng
//! (draft-ietf-opsawg-pcapng).
//!
//! One section, whose application is the command and whose comment lists
//! the hosts; one interface for each of theirs; one packet for each frame
//! that was sent. All other events are comments of the packets: those after
//! a frame belong to it, but from a scene on, and before the first frame of
//! all, to the frame that follows.

mod comment;

use crate::trace::{Event, Interface, Sent, Station, Trace, What};
use crate::Mac;
use comment::{check_name, one_line, Packets};
use pcap_file::pcapng::blocks::enhanced_packet::{
    EnhancedPacketBlock, EnhancedPacketOption,
};
use pcap_file::pcapng::blocks::interface_description::{
    InterfaceDescriptionBlock, InterfaceDescriptionOption,
};
use pcap_file::pcapng::blocks::section_header::{
    SectionHeaderBlock, SectionHeaderOption,
};
use pcap_file::pcapng::{Block, PcapNgParser, PcapNgWriter};
use pcap_file::{DataLink, Endianness, PcapError};
use std::fmt;
use std::path::{Path, PathBuf};
use std::{fs, io};

/// Before the hosts in the comment of the section.
const HOSTS: &str = "hosts: ";

/// An option's length has 16 bits.
const LONGEST: usize = u16::MAX as usize;

/// Why a trace could not be saved or loaded.
#[derive(Debug)]
pub struct TraceError {
    /// The file, if it was one.
    pub path: Option<PathBuf>,
    /// The packet that is wrong, counted from 1 as Wireshark does.
    pub packet: Option<usize>,
    pub what: String,
    /// What the system said.
    pub source: Option<io::Error>,
}

impl TraceError {
    fn new(what: impl Into<String>) -> TraceError {
        let what = what.into();
        TraceError { path: None, packet: None, what, source: None }
    }

    fn packet(index: usize, what: impl Into<String>) -> TraceError {
        TraceError { packet: Some(index + 1), ..TraceError::new(what) }
    }

    fn of(self, path: &Path) -> TraceError {
        TraceError { path: Some(path.to_owned()), ..self }
    }

    fn io(what: &str, source: io::Error) -> TraceError {
        TraceError { source: Some(source), ..TraceError::new(what) }
    }
}

impl fmt::Display for TraceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(path) = &self.path {
            write!(f, "{}: ", path.display())?;
        }
        if let Some(packet) = self.packet {
            write!(f, "packet {packet}: ")?;
        }
        write!(f, "{}", self.what)?;
        match &self.source {
            Some(source) => write!(f, ": {source}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for TraceError {}

impl Trace {
    /// Writes the trace to a file that Wireshark opens.
    ///
    /// # Errors
    ///
    /// See [`Trace::to_pcapng`]; and what the system says.
    pub fn save(
        &self,
        path: impl AsRef<Path>,
    ) -> Result<(), TraceError> {
        let path = path.as_ref();
        let bytes = self.to_pcapng().map_err(|e| e.of(path))?;
        fs::write(path, bytes)
            .map_err(|e| TraceError::io("not written", e).of(path))
    }

    /// Reads what [`Trace::save`] wrote, to the nanosecond.
    ///
    /// # Errors
    ///
    /// See [`Trace::from_pcapng`]; and what the system says.
    pub fn load(path: impl AsRef<Path>) -> Result<Trace, TraceError> {
        let path = path.as_ref();
        let bytes = fs::read(path)
            .map_err(|e| TraceError::io("not read", e).of(path))?;
        Trace::from_pcapng(&bytes).map_err(|e| e.of(path))
    }

    /// The bytes of a pcapng file.
    ///
    /// # Errors
    ///
    /// No frame was sent, so there is no packet to comment; a name or text
    /// that could not be read back, such as one with a line break; an index
    /// that leads nowhere; a time after 2554.
    pub fn to_pcapng(&self) -> Result<Vec<u8>, TraceError> {
        check_stations(&self.hosts).map_err(TraceError::new)?;
        let comments = self.comments()?;
        let mut writer = PcapNgWriter::with_section_header(
            Vec::new(),
            self.section().map_err(TraceError::new)?,
        )
        .map_err(broken)?;
        let mut first_of_host = Vec::new();
        for station in &self.hosts {
            first_of_host.push(writer.interfaces().len());
            for interface in &station.interfaces {
                let block = describe(station, interface)
                    .map_err(TraceError::new)?;
                writer.write_pcapng_block(block).map_err(broken)?;
            }
        }
        for ((at, sent), comments) in self.sent().zip(comments) {
            let id = first_of_host[sent.host] + sent.interface;
            let flags = EnhancedPacketOption::Flags(flags(&sent.bytes));
            let comments = comments
                .into_iter()
                .map(|c| EnhancedPacketOption::Comment(c.into()));
            let length = sent.bytes.len() as u32;
            let block = EnhancedPacketBlock {
                interface_id: id as u32,
                timestamp: at,
                original_len: length,
                data: (&sent.bytes).into(),
                options: std::iter::once(flags)
                    .chain(comments)
                    .collect(),
            };
            writer.write_pcapng_block(block).map_err(broken)?;
        }
        Ok(writer.into_inner())
    }

    /// The trace in the bytes of a pcapng file.
    ///
    /// # Errors
    ///
    /// The bytes are no pcapng file, they end too early, or it isn't one
    /// that [`Trace::to_pcapng`] writes. The error names the packet.
    pub fn from_pcapng(bytes: &[u8]) -> Result<Trace, TraceError> {
        let file = File::read(bytes)?;
        let sent = file
            .packets
            .iter()
            .map(|packet| (packet.event.at, packet.bytes()));
        let packets =
            Packets { hosts: &file.hosts, sent: sent.collect() };
        let mut events = Vec::new();
        for (i, packet) in file.packets.iter().enumerate() {
            let mut left = false;
            for comment in &packet.comments {
                let (event, before) =
                    packets.read(comment, i).map_err(|what| {
                        let what =
                            format!("comment “{comment}”: {what}");
                        TraceError::packet(i, what)
                    })?;
                if before && left {
                    let what = format!(
                        "“{comment}” stands behind what came after"
                    );
                    return Err(TraceError::packet(i, what));
                }
                if !before && !left {
                    events.push(packet.event.clone());
                    left = true;
                }
                events.push(event);
            }
            if !left {
                events.push(packet.event.clone());
            }
        }
        Ok(Trace { command: file.command, hosts: file.hosts, events })
    }

    /// The frames in the order in which they were sent, with their times.
    pub fn sent(
        &self,
    ) -> impl Iterator<Item = (std::time::Duration, &Sent)> {
        self.events.iter().filter_map(|event| match &event.what {
            What::Sent(sent) => Some((event.at, sent)),
            _ => None,
        })
    }

    fn section(&self) -> Result<SectionHeaderBlock<'static>, String> {
        let names = self.hosts.iter().map(|host| host.name.as_str());
        let hosts = names.collect::<Vec<_>>().join(", ");
        let hosts = short(format!("{HOSTS}{hosts}"))?;
        let command = short(one_line(&self.command)?.to_owned())?;
        Ok(SectionHeaderBlock {
            endianness: Endianness::Little,
            options: vec![
                SectionHeaderOption::Comment(hosts.into()),
                SectionHeaderOption::UserApplication(command.into()),
            ],
            ..Default::default()
        })
    }

    /// For each frame what is said beside it.
    fn comments(&self) -> Result<Vec<Vec<String>>, TraceError> {
        let sent = self.sent().map(|(at, sent)| (at, &sent.bytes[..]));
        let packets =
            Packets { hosts: &self.hosts, sent: sent.collect() };
        let count = packets.sent.len();
        if count == 0 {
            return Err(TraceError::new(
                "no frame was sent, so there is nothing to save",
            ));
        }
        let mut comments = vec![Vec::new(); count];
        let mut next = 0;
        let mut scene = false;
        for event in &self.events {
            if event.at.as_nanos() > u64::MAX.into() {
                return Err(TraceError::new("a time is after 2554"));
            }
            if let What::Sent(sent) = &event.what {
                self.check_sent(sent)
                    .map_err(|what| TraceError::packet(next, what))?;
                next += 1;
                scene = false;
                continue;
            }
            scene |= matches!(event.what, What::Scene(_));
            let before = next == 0 || scene && next < count;
            let at = if before { next } else { next - 1 };
            let comment = packets
                .write(event, at, before)
                .and_then(short)
                .map_err(|what| TraceError::packet(at, what))?;
            comments[at].push(comment);
        }
        Ok(comments)
    }

    fn check_sent(&self, sent: &Sent) -> Result<(), String> {
        let host = self.hosts.get(sent.host);
        let host = host
            .ok_or_else(|| format!("there is no host {}", sent.host))?;
        match host.interfaces.get(sent.interface) {
            None => Err(format!(
                "{} has no interface {}",
                host.name, sent.interface
            )),
            Some(_) if u32::try_from(sent.bytes.len()).is_err() => {
                Err("the frame is too long".into())
            }
            Some(_) => Ok(()),
        }
    }
}

fn broken(error: PcapError) -> TraceError {
    TraceError::new(format!("not written as pcapng: {error}"))
}

fn short(text: String) -> Result<String, String> {
    if text.len() > LONGEST {
        let start: String = text.chars().take(40).collect();
        return Err(format!(
            "“{start}…” has {} bytes, a text in pcapng at most {LONGEST}",
            text.len()
        ));
    }
    Ok(text)
}

fn check_stations(hosts: &[Station]) -> Result<(), String> {
    for (i, host) in hosts.iter().enumerate() {
        check_name(&host.name)?;
        if hosts[..i].iter().any(|other| other.name == host.name) {
            return Err(format!(
                "two hosts are called {:?}",
                host.name
            ));
        }
        for (i, interface) in host.interfaces.iter().enumerate() {
            check_name(&interface.name)?;
            let before = &host.interfaces[..i];
            if before.iter().any(|other| other.name == interface.name) {
                return Err(format!(
                    "two interfaces of {} are called {:?}",
                    host.name, interface.name
                ));
            }
            for address in &interface.addresses {
                one_line(address)?;
                if address.is_empty() || address.contains(' ') {
                    return Err(format!("{address:?} is no address"));
                }
            }
        }
    }
    Ok(())
}

fn describe(
    station: &Station,
    interface: &Interface,
) -> Result<InterfaceDescriptionBlock<'static>, String> {
    let mut description = format!("{} {}", station.name, interface.mac);
    for address in &interface.addresses {
        description += " ";
        description += address;
    }
    Ok(InterfaceDescriptionBlock {
        linktype: DataLink::ETHERNET,
        snaplen: 0, // no limit
        options: vec![
            InterfaceDescriptionOption::IfName(
                short(interface.name.clone())?.into(),
            ),
            InterfaceDescriptionOption::IfDescription(
                short(description)?.into(),
            ),
            InterfaceDescriptionOption::IfTsResol(NANOSECONDS),
        ],
    })
}

/// The resolution of times, as a negative power of ten.
const NANOSECONDS: u8 = 9;

/// epb_flags: outbound, and for whom the destination's MAC address is.
fn flags(frame: &[u8]) -> u32 {
    const OUTBOUND: u32 = 2;
    let reception = match frame {
        [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ..] => 3, // broadcast
        [first, ..] if first & 1 == 1 => 2,            // multicast
        [_, _, _, _, _, _, ..] => 1,                   // unicast
        _ => 0,
    };
    OUTBOUND | reception << 2
}

/// What a file says, before its comments are understood.
struct File {
    command: String,
    hosts: Vec<Station>,
    packets: Vec<Packet>,
}

struct Packet {
    /// Always a [`What::Sent`].
    event: Event,
    comments: Vec<String>,
}

impl Packet {
    fn bytes(&self) -> &[u8] {
        match &self.event.what {
            What::Sent(sent) => &sent.bytes,
            _ => &[],
        }
    }
}

impl File {
    fn read(bytes: &[u8]) -> Result<File, TraceError> {
        let (mut rest, mut parser) =
            PcapNgParser::new(bytes).map_err(|e| match e {
                PcapError::IncompleteBuffer => {
                    TraceError::new("the file ends in its first block")
                }
                e => TraceError::new(format!("no pcapng file: {e}")),
            })?;
        let (command, mut hosts) =
            read_section(parser.section()).map_err(TraceError::new)?;
        // Of each interface block, the host and its interface.
        let mut interfaces = Vec::new();
        let mut packets: Vec<Packet> = Vec::new();
        while !rest.is_empty() {
            let next = packets.len();
            let kind = kind(rest, parser.section().endianness);
            let wrong = |e: PcapError| {
                let what = match e {
                    PcapError::IncompleteBuffer => {
                        "the file ends in the midst of it".into()
                    }
                    e => format!("{e}"),
                };
                TraceError::packet(next, what)
            };
            match kind {
                Kind::Known => {
                    let (after, block) =
                        parser.next_block(rest).map_err(wrong)?;
                    rest = after;
                    match block {
                        Block::InterfaceDescription(block) => {
                            let at = read_interface(&block, &mut hosts)
                                .map_err(|what| {
                                    let n = interfaces.len() + 1;
                                    TraceError::new(format!(
                                        "interface {n}: {what}"
                                    ))
                                })?;
                            interfaces.push(at);
                        }
                        Block::EnhancedPacket(block) => {
                            let packet =
                                read_packet(block, &interfaces)
                                    .map_err(|e| {
                                        TraceError::packet(next, e)
                                    })?;
                            packets.push(packet);
                        }
                        _ => {}
                    }
                }
                // Wireshark adds blocks of its own when it saves a file.
                Kind::Other => {
                    rest =
                        parser.next_raw_block(rest).map_err(wrong)?.0;
                }
                Kind::Refused(what) => {
                    return Err(TraceError::packet(next, what))
                }
            }
        }
        if packets.is_empty() {
            return Err(TraceError::new("the file has no packet"));
        }
        check_stations(&hosts).map_err(TraceError::new)?;
        Ok(File { command, hosts, packets })
    }
}

enum Kind {
    Known,
    Other,
    Refused(&'static str),
}

/// The kind of the block with which the bytes begin.
fn kind(bytes: &[u8], endianness: Endianness) -> Kind {
    let Some(&number) = bytes.first_chunk::<4>() else {
        return Kind::Other;
    };
    let number = match endianness {
        Endianness::Big => u32::from_be_bytes(number),
        Endianness::Little => u32::from_le_bytes(number),
    };
    match number {
        1 | 6 => Kind::Known,
        2 | 3 => Kind::Refused("a kind of block that has no comments"),
        0x0a0d_0d0a => Kind::Refused("a second section begins"),
        _ => Kind::Other,
    }
}

fn read_section(
    section: &SectionHeaderBlock,
) -> Result<(String, Vec<Station>), String> {
    let mut command = None;
    let mut hosts = None;
    for option in &section.options {
        match option {
            SectionHeaderOption::UserApplication(text) => {
                command = Some(text.to_string());
            }
            SectionHeaderOption::Comment(text) => {
                hosts = hosts.or(text.strip_prefix(HOSTS));
            }
            _ => {}
        }
    }
    let command = command.ok_or("the file names no command")?;
    let hosts = hosts.ok_or("the file lists no hosts")?;
    let station = |name: &str| Station {
        name: name.to_owned(),
        interfaces: Vec::new(),
    };
    Ok((command, hosts.split(", ").map(station).collect()))
}

/// Adds the interface to its host, and returns the indices of both.
fn read_interface(
    block: &InterfaceDescriptionBlock,
    hosts: &mut [Station],
) -> Result<(usize, usize), String> {
    if block.linktype != DataLink::ETHERNET {
        return Err("it isn't Ethernet".into());
    }
    let mut name = None;
    let mut description = None;
    let mut resolution = None;
    for option in &block.options {
        match option {
            InterfaceDescriptionOption::IfName(text) => {
                name = Some(text)
            }
            InterfaceDescriptionOption::IfDescription(text) => {
                description = Some(text);
            }
            InterfaceDescriptionOption::IfTsResol(power) => {
                resolution = Some(*power);
            }
            _ => {}
        }
    }
    if resolution != Some(NANOSECONDS) {
        return Err("its times are not in nanoseconds".into());
    }
    let name = name.ok_or("it has no name")?.to_string();
    let description = description.ok_or("it has no description")?;
    let mut words = description.split(' ').map(str::to_owned);
    let host = words.next().unwrap_or_default();
    let host = hosts
        .iter()
        .position(|station| station.name == host)
        .ok_or_else(|| format!("{host:?} is not among the hosts"))?;
    let mac = words.next().unwrap_or_default();
    let mac = read_mac(&mac)
        .ok_or_else(|| format!("{mac:?} is no MAC address"))?;
    let addresses = words.collect();
    let interfaces = &mut hosts[host].interfaces;
    interfaces.push(Interface { name, mac, addresses });
    Ok((host, interfaces.len() - 1))
}

fn read_mac(text: &str) -> Option<Mac> {
    let mut bytes = [0; 6];
    let mut parts = text.split(':');
    for byte in &mut bytes {
        let hex = |c: u8| c.is_ascii_hexdigit();
        let part = parts.next().filter(|part| part.len() == 2)?;
        let part = Some(part).filter(|part| part.bytes().all(hex))?;
        *byte = u8::from_str_radix(part, 16).ok()?;
    }
    parts.next().is_none().then_some(Mac(bytes))
}

fn read_packet(
    block: EnhancedPacketBlock,
    interfaces: &[(usize, usize)],
) -> Result<Packet, String> {
    let id = block.interface_id;
    let &(host, interface) = interfaces
        .get(id as usize)
        .ok_or_else(|| format!("there is no interface {id}"))?;
    if block.original_len as usize != block.data.len() {
        return Err(format!(
            "the file has {} of its {} bytes",
            block.data.len(),
            block.original_len
        ));
    }
    let comments =
        block.options.iter().filter_map(|option| match option {
            EnhancedPacketOption::Comment(text) => {
                Some(text.to_string())
            }
            _ => None,
        });
    let comments = comments.collect();
    let bytes = block.data.into_owned();
    let what = What::Sent(Sent { host, interface, bytes });
    Ok(Packet { event: Event { at: block.timestamp, what }, comments })
}
