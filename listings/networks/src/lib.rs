//! What the demonstrations of networks share.

pub mod arp;
pub mod arrivals;
pub mod counters;
pub mod ethernet;
pub mod eui48;
pub mod ipv4;
pub mod kernel_table;
pub mod nat_router;
pub mod probes;
pub mod shelf;
pub mod switching;
pub mod translator;
pub mod who_gets_what;

use anyhow::{ensure, Context, Result};
use std::io;
use std::net::UdpSocket;
use wirelab::trace::{Arrived, Trace, What};
use wirelab::{Frame, Host, Recording, DEADLINE};

pub mod cidr;

/// A UDP socket of a host, at the same port of all its addresses.
///
/// # Errors
/// When the port is taken.
pub fn udp(host: &Host, port: u16) -> Result<UdpSocket> {
    let socket = host
        .run(|| UdpSocket::bind(("0.0.0.0", port)))
        .with_context(|| format!("{} has no {port}", host.name()))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}

/// What the next datagram says.
///
/// # Errors
/// When none comes before [`DEADLINE`], and when the kernel has an error to
/// tell.
pub fn receive(socket: &UdpSocket) -> io::Result<String> {
    let mut buffer = [0; 64];
    let n = socket.recv(&mut buffer)?;
    Ok(String::from_utf8_lossy(&buffer[..n]).into_owned())
}

/// Lets a socket meet what ICMP says of its datagrams. Of its own accord it
/// meets only what no later datagram could mend: IP_RECVERR of ip(7).
///
/// # Errors
/// Where there is no such option.
pub fn report_errors(socket: &UdpSocket) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use nix::sys::socket::{setsockopt, sockopt::Ipv4RecvErr};
        Ok(setsockopt(socket, Ipv4RecvErr, &true)?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = socket;
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// All that was recorded, when nothing of it can be on its way any more. For
/// that `from` sends a broadcast into each of these networks: what was sent
/// before has come when it comes. The broadcasts are left out.
///
/// # Errors
/// When they don't come to all the other hosts.
pub fn settled(
    recording: &mut Recording,
    from: &Host,
    networks: &[&str],
) -> Result<Trace> {
    const LAST: &[u8] = b"nothing follows";
    let socket = udp(from, 0)?;
    socket.set_broadcast(true)?;
    for broadcast in networks {
        socket.send_to(LAST, (*broadcast, 7000))?;
    }
    let is_last = |bytes: &[u8]| {
        Frame::new(bytes).payload().is_some_and(|p| p == LAST)
    };
    recording.wait("the last broadcasts", |trace| {
        let frames: Vec<_> = trace.sent().collect();
        let mut hosts: Vec<usize> = arrivals(trace)
            .filter(|a| is_last(&frames[a.frame].1.bytes))
            .map(|a| a.host)
            .collect();
        hosts.sort_unstable();
        hosts.dedup();
        let all = trace.hosts.iter();
        hosts.len() + 1
            == all.filter(|h| !h.interfaces.is_empty()).count()
    })?;

    let mut trace = recording.so_far()?;
    let sent = trace.sent().count();
    let keep = sent - networks.len();
    let first = trace.sent().position(|(_, s)| is_last(&s.bytes));
    ensure!(first == Some(keep), "late:\n{}", trace.table());
    let mut n = 0;
    trace.events.retain(|event| match &event.what {
        What::Sent(_) => {
            n += 1;
            n <= keep
        }
        What::Arrived(arrived) => arrived.frame < keep,
        _ => true,
    });
    Ok(trace)
}

/// What came in, in its order.
fn arrivals(trace: &Trace) -> impl Iterator<Item = &Arrived> {
    trace.events.iter().filter_map(|event| match &event.what {
        What::Arrived(arrived) => Some(arrived),
        _ => None,
    })
}

/// A trace as a few lines: who sent what to whom, and what the hosts say.
/// A frame that came to several hosts has come to all that are named.
pub fn story(trace: &Trace) -> String {
    let name = |host: usize| &*trace.hosts[host].name;
    let mut summaries = trace.summaries().into_iter();
    let mut lines = vec![];
    for event in &trace.events {
        match &event.what {
            What::Scene(scene) => {
                lines.push((format!("— {scene} —"), String::new()));
            }
            What::Remark { host, text } => {
                lines.push((name(*host).to_owned(), text.clone()));
            }
            What::Sent(_) => {
                let Some(mut frame) = summaries.next() else { break };
                frame.to.sort_unstable();
                let to: Vec<_> =
                    frame.to.iter().map(|host| name(*host)).collect();
                let who =
                    format!("{} → {}", name(frame.from), to.join(", "));
                let mut what = vec![frame.headline, frame.detail];
                what.extend(frame.payload);
                what.retain(|part| !part.is_empty());
                lines.push((who, what.join("  ")));
            }
            What::Arrived(_) | What::State { .. } => {}
        }
    }
    let width = lines.iter().map(|(who, _)| who.chars().count());
    let width = width.max().unwrap_or(0);
    let lines = lines.iter().map(|(who, what)| {
        let line = format!("{who:<width$}  {what}");
        format!("{}\n", line.trim_end())
    });
    lines.collect()
}
