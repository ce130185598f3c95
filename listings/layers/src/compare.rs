//! The same packet before a device and behind it.

use anyhow::{Context, Result};
use wirelab::trace::{Arrived, Trace, What};
use wirelab::Frame;

// ANCHOR: compare
/// The client's SYN, and the SYN that came to the server.
///
/// # Errors
/// When there is none.
pub fn both_syns(trace: &Trace) -> Result<[Vec<u8>; 2]> {
    let is_syn = |bytes: &[u8]| {
        let segment = Frame::new(bytes).tcp();
        segment.is_some_and(|s| s.flags.syn && !s.flags.ack)
    };
    let sent: Vec<_> =
        trace.sent().map(|(_, sent)| sent.bytes.clone()).collect();
    let before = sent.iter().find(|bytes| is_syn(bytes));
    let mut arrived = arrivals(trace, "server").map(|a| &sent[a.frame]);
    let behind = arrived.find(|bytes| is_syn(bytes));
    let before = before.context("no SYN was sent")?;
    let behind = behind.context("no SYN has come")?;
    Ok([before.clone(), behind.clone()])
}

/// What came to a host.
pub fn arrivals<'a>(
    trace: &'a Trace,
    host: &'a str,
) -> impl Iterator<Item = &'a Arrived> {
    trace.events.iter().filter_map(move |e| match &e.what {
        What::Arrived(a) if trace.hosts[a.host].name == host => Some(a),
        _ => None,
    })
}

/// A row for each field: whether it is the same behind the device; of the
/// TTL, what it is at the server.
///
/// # Errors
/// When a scene lacks a SYN.
pub fn rows(
    scenes: &[Trace],
) -> Result<Vec<(&'static str, Vec<String>)>> {
    const FIELDS: [&str; 8] = [
        "MAC from",
        "MAC to",
        "IP from",
        "IP to",
        "port from",
        "port to",
        "sequence",
        "TTL",
    ];
    let mut rows = FIELDS.map(|field| (field, vec![])).to_vec();
    for scene in scenes {
        let syns = both_syns(scene)?;
        let [before, behind] = [fields(&syns[0])?, fields(&syns[1])?];
        for (n, (field, cells)) in rows.iter_mut().enumerate() {
            cells.push(match *field {
                "TTL" => behind[n].clone(),
                _ if before[n] == behind[n] => "same".into(),
                _ => "new".into(),
            });
        }
    }
    Ok(rows)
}
// ANCHOR_END: compare

/// Of a SYN, in the order of the table.
fn fields(bytes: &[u8]) -> Result<[String; 8]> {
    let frame = Frame::new(bytes);
    let ip = frame.ipv4().context("not IPv4")?;
    let tcp = frame.tcp().context("no segment")?;
    let macs = [frame.source(), frame.destination()];
    let [from, to] =
        macs.map(|m| m.map_or("?".into(), |m| m.to_string()));
    Ok([
        from,
        to,
        ip.source.to_string(),
        ip.destination.to_string(),
        tcp.source_port.to_string(),
        tcp.destination_port.to_string(),
        tcp.sequence.to_string(),
        ip.ttl.to_string(),
    ])
}
