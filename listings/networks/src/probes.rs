//! Finds out which routers a packet passes on its way, from the errors that
//! it makes them report.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

/// How long a router is waited for.
const PATIENCE: Duration = Duration::from_secs(1);

/// The first port that is probed. Nobody should listen there.
const FIRST_PORT: u16 = 33434;

/// A message of ICMP about a datagram (RFC 792).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its type: 3 destination unreachable, 11 time exceeded.
    pub kind: u8,
    pub code: u8,
    /// Who sent it.
    pub by: Ipv4Addr,
    /// Where the datagram was to go.
    pub about: SocketAddrV4,
}

/// What came of a probe: a report, and how long it took; or none in time.
pub type Answer = Option<(Report, Duration)>;

/// Probes one TTL after the other, until the target itself answers, or up to
/// `max`. `before` is told each TTL. The answers for each.
///
/// The socket must have IP_RECVERR (ip(7)).
///
/// # Errors
/// When the socket can't send, or has no error queue.
// ANCHOR: trace
pub fn trace_route(
    socket: &UdpSocket,
    target: Ipv4Addr,
    max: u32,
    probes: u16,
    mut before: impl FnMut(u32),
) -> io::Result<Vec<Vec<Answer>>> {
    let mut ports = FIRST_PORT..;
    let mut hops = vec![];
    for ttl in 1..=max {
        before(ttl);
        socket.set_ttl(ttl)?;
        let mut answers = vec![];
        for port in ports.by_ref().take(probes.into()) {
            let to = SocketAddrV4::new(target, port);
            answers.push(probe(socket, to)?);
        }
        let mut reports = answers.iter().flatten();
        let arrived = reports.any(|(report, _)| report.by == target);
        hops.push(answers);
        if arrived {
            break;
        }
    }
    Ok(hops)
}

/// Sends a datagram, and waits for what ICMP says of it.
fn probe(socket: &UdpSocket, to: SocketAddrV4) -> io::Result<Answer> {
    // A report that comes late fails the next send, which sends nothing.
    let start = loop {
        let start = Instant::now();
        let Err(error) = socket.send_to(b"?", to) else { break start };
        if next_report(socket, Duration::ZERO)?.is_none() {
            return Err(error);
        }
    };
    loop {
        let left = PATIENCE.saturating_sub(start.elapsed());
        match next_report(socket, left)? {
            // Late, too: about an earlier probe.
            Some(report) if report.about != to => {}
            Some(report) => {
                return Ok(Some((report, start.elapsed())));
            }
            None => return Ok(None),
        }
    }
}
// ANCHOR_END: trace

/// The next report in the error queue of a socket that has IP_RECVERR
/// (ip(7)). None if there is none in time.
///
/// # Errors
/// When the queue can't be read, and where there is none.
#[cfg(target_os = "linux")]
// ANCHOR: next_report
pub fn next_report(
    socket: &UdpSocket,
    patience: Duration,
) -> io::Result<Option<Report>> {
    use nix::libc::{sock_extended_err, sockaddr_in};
    use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
    use nix::sys::socket::{
        recvmsg, ControlMessageOwned::Ipv4RecvErr, MsgFlags, SockaddrIn,
    };
    use std::os::fd::{AsFd, AsRawFd};

    let patience = PollTimeout::try_from(patience)
        .map_err(|_| io::ErrorKind::InvalidInput)?;
    // Not data but an error ends this wait.
    let wait = PollFd::new(socket.as_fd(), PollFlags::empty());
    if poll(&mut [wait], patience)? == 0 {
        return Ok(None);
    }
    let mut space = nix::cmsg_space!(sock_extended_err, sockaddr_in);
    let message = recvmsg::<SockaddrIn>(
        socket.as_raw_fd(),
        &mut [],
        Some(&mut space),
        MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT,
    )?;
    let to = message.address.ok_or(io::ErrorKind::InvalidData)?;
    for part in message.cmsgs()? {
        if let Ipv4RecvErr(error, Some(by)) = part {
            return Ok(Some(Report {
                kind: error.ee_type,
                code: error.ee_code,
                by: SockaddrIn::from(by).ip(),
                about: SocketAddrV4::from(to),
            }));
        }
    }
    Err(io::ErrorKind::InvalidData.into())
}
// ANCHOR_END: next_report

/// See the Linux side.
#[cfg(not(target_os = "linux"))]
pub fn next_report(
    _: &UdpSocket,
    _: Duration,
) -> io::Result<Option<Report>> {
    Err(io::ErrorKind::Unsupported.into())
}
