//! Events as the comments of packets: `client is FIN-WAIT-1 (85 µs later)`.

use crate::trace::{Arrived, Cast, Event, Station, What};
use crate::TcpState;
use std::time::Duration;

/// From here on a comment tells what was before its packet.
const BEFORE: &str = "before: ";
const SCENE: &str = "scene: ";
const ARRIVED: &str = "arrived at ";

/// Words with which other comments begin, so no host may have their name.
const RESERVED: [&str; 4] = ["before", "scene", "frame", "arrived"];

/// More changed bytes than these, and the whole frame is written down.
const LISTED: usize = 8;

/// Nothing is left of the bytes.
const EMPTY: &str = "now empty";

/// The times and bytes of all packets, to which comments refer.
pub struct Packets<'a> {
    pub hosts: &'a [Station],
    pub sent: Vec<(Duration, &'a [u8])>,
}

impl Packets<'_> {
    fn get(&self, index: usize) -> Result<(Duration, &[u8]), String> {
        let sent = self.sent.get(index).copied();
        sent.ok_or_else(|| format!("there is no frame {}", index + 1))
    }

    fn host(&self, index: usize) -> Result<&Station, String> {
        let host = self.hosts.get(index);
        host.ok_or_else(|| format!("there is no host {index}"))
    }

    fn host_named(&self, name: &str) -> Result<usize, String> {
        let found = self.hosts.iter().position(|h| h.name == name);
        found.ok_or_else(|| format!("no host is called {name:?}"))
    }

    /// The comment for an event beside the packet `at`, before it or after.
    pub fn write(
        &self,
        event: &Event,
        at: usize,
        before: bool,
    ) -> Result<String, String> {
        let mut comment = match before {
            true => BEFORE.to_owned(),
            false => String::new(),
        };
        let beside = self.get(at)?.0;
        match &event.what {
            What::Scene(title) => {
                comment += SCENE;
                comment += one_line(title)?;
                comment += &stamp(&comment, event.at, beside);
            }
            What::Remark { host, text } => {
                comment += &self.host(*host)?.name;
                comment += ": ";
                comment += one_line(text)?;
                comment += &stamp(&comment, event.at, beside);
            }
            What::State { host, state } => {
                comment +=
                    &format!("{} is {state}", self.host(*host)?.name);
                comment += &stamp(&comment, event.at, beside);
            }
            What::Arrived(arrived) => {
                if arrived.frame != at {
                    comment += &format!("frame {} ", arrived.frame + 1);
                }
                comment += &self.write_arrived(arrived, event.at)?;
            }
            What::Sent(_) => {
                return Err("a packet is no comment".into())
            }
        }
        Ok(comment)
    }

    fn write_arrived(
        &self,
        arrived: &Arrived,
        at: Duration,
    ) -> Result<String, String> {
        let host = self.host(arrived.host)?;
        let interface = host
            .interfaces
            .get(arrived.interface)
            .ok_or_else(|| {
                let (name, i) = (&host.name, arrived.interface);
                format!("{name} has no interface {i}")
            })?;
        let mut comment = format!("{ARRIVED}{}", host.name);
        if host.interfaces.len() > 1 {
            comment += &format!(" on {}", interface.name);
        }
        comment += match arrived.cast {
            Cast::Unicast => "",
            Cast::Broadcast => ", broadcast",
            Cast::Multicast => ", multicast",
            Cast::Other => ", not addressed to it",
        };
        let (left, bytes) = self.get(arrived.frame)?;
        if let Some(changed) = &arrived.changed {
            comment +=
                &format!(", changed: {}", change(bytes, changed));
        }
        // "arrived at b after 85 µs", but with a comma behind a clause.
        if comment.contains(", ") {
            comment += ",";
        }
        comment += &match at.checked_sub(left) {
            Some(later) => format!(" after {}", exact(later)),
            None => format!(" {} before it left", exact(left - at)),
        };
        Ok(comment)
    }

    /// The event of a comment of the packet `at`, and whether it was before
    /// that packet. The error says what about the comment is wrong.
    pub fn read(
        &self,
        comment: &str,
        at: usize,
    ) -> Result<(Event, bool), String> {
        let (text, before) = match comment.strip_prefix(BEFORE) {
            Some(text) => (text, true),
            None => (comment, false),
        };
        let event = self.read_event(text, at)?;
        Ok((event, before))
    }

    fn read_event(
        &self,
        text: &str,
        at: usize,
    ) -> Result<Event, String> {
        if let Some(arrival) = text.strip_prefix(ARRIVED) {
            return self.read_arrived(arrival, at);
        }
        if let Some(rest) = text.strip_prefix("frame ") {
            let arrival = rest.split_once(' ').and_then(|(n, rest)| {
                let n: usize = n.parse().ok()?;
                Some((n.checked_sub(1)?, rest.strip_prefix(ARRIVED)?))
            });
            let (frame, arrival) = arrival.ok_or(UNKNOWN)?;
            return self.read_arrived(arrival, frame);
        }
        let (text, at) = unstamp(text, self.get(at)?.0)?;
        if let Some(title) = text.strip_prefix(SCENE) {
            return Ok(Event {
                at,
                what: What::Scene(title.to_owned()),
            });
        }
        let end = text.find([' ', ':']).ok_or(UNKNOWN)?;
        let (name, rest) = text.split_at(end);
        let what = if let Some(remark) = rest.strip_prefix(": ") {
            let host = self.host_named(name)?;
            What::Remark { host, text: remark.to_owned() }
        } else if let Some(state) = rest.strip_prefix(" is ") {
            let host = self.host_named(name)?;
            let state: TcpState =
                state.parse().map_err(|e| format!("{e}"))?;
            What::State { host, state }
        } else {
            return Err(UNKNOWN.into());
        };
        Ok(Event { at, what })
    }

    fn read_arrived(
        &self,
        text: &str,
        frame: usize,
    ) -> Result<Event, String> {
        let (left, bytes) = self.get(frame)?;
        let (text, at) = if let Some((text, time)) =
            text.rsplit_once(" after ")
        {
            (text, left.checked_add(duration(time)?))
        } else if let Some(text) = text.strip_suffix(" before it left")
        {
            // "85 µs" has a space of its own.
            let space =
                text.rmatch_indices(' ').nth(1).ok_or(UNKNOWN)?.0;
            let (text, time) = text.split_at(space);
            (text, left.checked_sub(duration(&time[1..])?))
        } else {
            (text, Some(left))
        };
        let at = at.ok_or("its time is out of range")?;
        let text = text.strip_suffix(',').unwrap_or(text);
        let (text, changed) = match text.split_once(", changed: ") {
            Some((text, to)) => (text, Some(read_change(bytes, to)?)),
            None => (text, None),
        };
        let (station, cast) = match text.split_once(", ") {
            None => (text, Cast::Unicast),
            Some((at, "broadcast")) => (at, Cast::Broadcast),
            Some((at, "multicast")) => (at, Cast::Multicast),
            Some((at, "not addressed to it")) => (at, Cast::Other),
            Some((_, other)) => {
                return Err(format!("{other:?} is no way to arrive"))
            }
        };
        let (name, interface) = match station.split_once(" on ") {
            Some((name, interface)) => (name, Some(interface)),
            None => (station, None),
        };
        let host = self.host_named(name)?;
        let all = &self.hosts[host].interfaces;
        let interface = match interface {
            None if all.len() == 1 => 0,
            None => {
                return Err(format!(
                    "{name} has {} interfaces, and the comment doesn't say \
                     which",
                    all.len()
                ))
            }
            Some(wanted) => all
                .iter()
                .position(|i| i.name == wanted)
                .ok_or_else(|| format!("{name} has no {wanted:?}"))?,
        };
        let arrived = Arrived { frame, host, interface, cast, changed };
        Ok(Event { at, what: What::Arrived(arrived) })
    }
}

const UNKNOWN: &str = "it says nothing that a trace knows";

/// Whether comments can speak of a host or an interface by this name.
pub fn check_name(name: &str) -> Result<(), String> {
    let bad = |c: char| c.is_whitespace() || c.is_control();
    if name.is_empty() {
        Err("a name is empty".into())
    } else if let Some(c) = name.chars().find(|&c| bad(c) || c == ':') {
        Err(format!("the name {name:?} has a {c:?} in it"))
    } else if name.contains(',') {
        Err(format!("the name {name:?} has a comma in it"))
    } else if RESERVED.contains(&name) {
        Err(format!("{name:?} is a word of the file, not a host"))
    } else {
        Ok(())
    }
}

/// Wireshark shows a comment on one line.
pub fn one_line(text: &str) -> Result<&str, String> {
    match text.chars().find(|c| c.is_control()) {
        Some(c) => Err(format!("the text {text:?} has a {c:?} in it")),
        None => Ok(text),
    }
}

/// ` (85 µs later)`; nothing at the same time, if that can be read back.
fn stamp(text: &str, at: Duration, beside: Duration) -> String {
    match at.checked_sub(beside) {
        Some(Duration::ZERO)
            if unstamp(text, beside)
                .is_ok_and(|(left, _)| left == text) =>
        {
            String::new()
        }
        Some(later) => format!(" ({} later)", exact(later)),
        None => format!(" ({} earlier)", exact(beside - at)),
    }
}

/// What [`stamp`] added, taken off: the text, and its time.
fn unstamp(
    text: &str,
    beside: Duration,
) -> Result<(&str, Duration), String> {
    let plain = Ok((text, beside));
    let Some((left, time)) = text
        .strip_suffix(')')
        .and_then(|inner| inner.rsplit_once(" ("))
    else {
        return plain;
    };
    let at = if let Some(time) = time.strip_suffix(" later") {
        let Ok(time) = duration(time) else { return plain };
        beside.checked_add(time)
    } else if let Some(time) = time.strip_suffix(" earlier") {
        let Ok(time) = duration(time) else { return plain };
        beside.checked_sub(time)
    } else {
        return plain;
    };
    Ok((left, at.ok_or("its time is out of range")?))
}

const UNITS: [(&str, u32); 4] =
    [("s", 9), ("ms", 6), ("µs", 3), ("ns", 0)];

/// `85.25 µs`: no nanosecond is lost.
fn exact(time: Duration) -> String {
    let ns = time.as_nanos();
    let mut units = UNITS.into_iter();
    let (unit, digits) = units
        .find(|&(_, digits)| ns >= 10u128.pow(digits))
        .unwrap_or(("ns", 0));
    let one = 10u128.pow(digits);
    let (whole, part) = (ns / one, ns % one);
    if part == 0 {
        return format!("{whole} {unit}");
    }
    let part = format!("{part:0>width$}", width = digits as usize);
    format!("{whole}.{} {unit}", part.trim_end_matches('0'))
}

/// What [`exact`] wrote.
fn duration(text: &str) -> Result<Duration, String> {
    let read = || {
        let (number, unit) = text.split_once(' ')?;
        let (_, digits) = UNITS.into_iter().find(|u| u.0 == unit)?;
        let (whole, part) =
            number.split_once('.').unwrap_or((number, ""));
        let numeric = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if part.len() > digits as usize
            || !numeric(whole)
            || !numeric(part)
        {
            return None;
        }
        let part = format!("{part:0<width$}", width = digits as usize);
        let ns: u64 = format!("{whole}{part}").parse().ok()?;
        Some(Duration::from_nanos(ns))
    };
    read().ok_or_else(|| format!("{text:?} is no time"))
}

/// `byte 54 is 41, was 61; byte 55 is …`, or all of the new bytes.
fn change(sent: &[u8], came: &[u8]) -> String {
    let pairs = || sent.iter().zip(came).enumerate();
    let differ = pairs().filter(|(_, (was, is))| was != is);
    let count = differ.clone().count();
    if sent.len() != came.len() || count == 0 || count > LISTED {
        if came.is_empty() {
            return EMPTY.into();
        }
        let hex = came.iter().map(|byte| format!("{byte:02x}"));
        return format!("now {}", hex.collect::<String>());
    }
    let listed = differ.map(|(i, (was, is))| {
        format!("byte {i} is {is:02x}, was {was:02x}")
    });
    listed.collect::<Vec<_>>().join("; ")
}

fn read_change(sent: &[u8], text: &str) -> Result<Vec<u8>, String> {
    let wrong = || format!("{text:?} is no change of bytes");
    let byte = |text: &str| {
        let hex = text.bytes().all(|b| b.is_ascii_hexdigit());
        let hex = hex && text.len() == 2;
        hex.then(|| u8::from_str_radix(text, 16).ok()).flatten()
    };
    if text == EMPTY {
        return Ok(Vec::new());
    }
    if let Some(hex) = text.strip_prefix("now ") {
        let mut bytes = hex.as_bytes().chunks(2);
        let read = bytes
            .by_ref()
            .map(|pair| std::str::from_utf8(pair).ok().and_then(byte));
        return read.collect::<Option<Vec<u8>>>().ok_or_else(wrong);
    }
    let mut came = sent.to_vec();
    for one in text.split("; ") {
        let parts = || {
            let (at, rest) =
                one.strip_prefix("byte ")?.split_once(" is ")?;
            let (is, was) = rest.split_once(", was ")?;
            Some((at.parse::<usize>().ok()?, byte(is)?, byte(was)?))
        };
        let (at, is, was) = parts().ok_or_else(wrong)?;
        match sent.get(at) {
            Some(&sent) if sent == was => came[at] = is,
            Some(sent) => {
                return Err(format!(
                    "byte {at} was sent as {sent:02x}, not {was:02x}"
                ))
            }
            None => return Err(format!("the frame has no byte {at}")),
        }
    }
    Ok(came)
}
