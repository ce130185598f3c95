//! Packet sockets: whole frames, as they pass an interface.

use super::raw;
use crate::sys::{Captured, Way};
use crate::trace::Cast;
use anyhow::{ensure, Context, Result};
use nix::errno::Errno;
use nix::libc;
use nix::net::if_::if_nametoindex;
use nix::poll::{poll, PollFd, PollFlags, PollTimeout};
use nix::sys::socket::{
    bind, getsockname, getsockopt, recvmsg, send, sendto, setsockopt,
    socket, sockopt, AddressFamily, ControlMessageOwned, LinkAddr,
    MsgFlags, SockFlag, SockProtocol, SockType, SockaddrIn,
    SockaddrLike,
};
use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Sees every frame that passes one interface: packet(7).
#[derive(Debug)]
pub struct PacketSocket(OwnedFd);

impl PacketSocket {
    /// Of an interface of the calling thread's stack.
    ///
    /// # Errors
    /// When there is no such interface.
    pub fn open(interface: &str) -> Result<PacketSocket> {
        let index = if_nametoindex(interface)
            .with_context(|| format!("no interface {interface}"))?;
        // Without a protocol nothing is queued before bind has named the
        // interface.
        let fd = socket(
            AddressFamily::Packet,
            SockType::Raw,
            SockFlag::SOCK_NONBLOCK | SockFlag::SOCK_CLOEXEC,
            None::<SockProtocol>,
        )
        .context("can't open a packet socket")?;
        setsockopt(&fd, sockopt::ReceiveTimestampns, &true)?;
        setsockopt(&fd, sockopt::RcvBuf, &(4 << 20))?;
        raw::bind_packet(fd.as_fd(), index)
            .with_context(|| format!("can't listen on {interface}"))?;
        Ok(PacketSocket(fd))
    }

    /// From now on, only what comes in.
    ///
    /// # Errors
    /// On kernels before 4.20.
    pub fn ignore_outgoing(&self) -> Result<()> {
        const PACKET_IGNORE_OUTGOING: i32 = 23; // linux/if_packet.h
        raw::set_option(
            self.0.as_fd(),
            libc::SOL_PACKET,
            PACKET_IGNORE_OUTGOING,
            1,
        )
        .context("this kernel has no PACKET_IGNORE_OUTGOING")
    }

    /// From now on, what is sent goes out at once, without the interface's
    /// queue. The kernel opens that some time after the interface is up, and
    /// until then drops all that is to be sent and says nothing:
    /// `noop_qdisc` in its `net/sched/sch_generic.c`.
    ///
    /// # Errors
    /// None that is known.
    pub fn bypass_queue(&self) -> Result<()> {
        const PACKET_QDISC_BYPASS: i32 = 20; // linux/if_packet.h
        raw::set_option(
            self.0.as_fd(),
            libc::SOL_PACKET,
            PACKET_QDISC_BYPASS,
            1,
        )
        .context("this kernel has no PACKET_QDISC_BYPASS")
    }

    /// The next frame, if one is there.
    ///
    /// # Errors
    /// When the kernel had to drop frames because nobody fetched them.
    pub fn next(&self) -> Result<Option<Captured>> {
        let captured = loop {
            match receive::<LinkAddr>(self.0.as_fd()) {
                Ok(captured) => break captured,
                Err(Errno::EAGAIN) => return Ok(None),
                // The cable was pulled, which it says once. What came
                // before that is still there.
                Err(Errno::ENETDOWN) => {}
                Err(error) => {
                    return Err(error).context("can't capture");
                }
            }
        };
        let (at, address, bytes) = captured;
        let kind = address.map_or(0, |address| address.pkttype());
        let way = match kind {
            libc::PACKET_OUTGOING => Way::Out,
            libc::PACKET_BROADCAST => Way::In(Cast::Broadcast),
            libc::PACKET_MULTICAST => Way::In(Cast::Multicast),
            libc::PACKET_OTHERHOST => Way::In(Cast::Other),
            _ => Way::In(Cast::Unicast),
        };
        Ok(Some(Captured { at, way, bytes }))
    }

    /// Sends a frame, as it is.
    ///
    /// # Errors
    /// When the interface is off, and when the frame has no whole header or
    /// is longer than the interface's MTU and a header.
    pub fn send(&self, frame: &[u8]) -> io::Result<()> {
        // That the interface was off before is no error of this frame.
        getsockopt(&self.0, sockopt::SocketError)?;
        send(self.0.as_raw_fd(), frame, MsgFlags::empty())?;
        Ok(())
    }

    /// How many frames were lost since the last call, because they were not
    /// fetched in time.
    ///
    /// # Errors
    /// None that is known.
    pub fn lost(&self) -> Result<u32> {
        Ok(raw::packet_statistics(self.0.as_fd())?.1)
    }
}

/// Waits until one of the sockets has a frame, or the time is over.
///
/// # Errors
/// None that is known.
pub fn wait_readable(
    sockets: &[&PacketSocket],
    timeout: Duration,
) -> Result<()> {
    let mut fds: Vec<_> = sockets
        .iter()
        .map(|s| PollFd::new(s.0.as_fd(), PollFlags::POLLIN))
        .collect();
    // Rounded up: a poll of 0 ms doesn't wait.
    let ms = u16::try_from(timeout.as_millis() + 1).unwrap_or(u16::MAX);
    match poll(&mut fds, PollTimeout::from(ms)) {
        Ok(_) | Err(Errno::EINTR) => Ok(()),
        Err(error) => Err(error).context("can't wait for a frame"),
    }
}

/// A datagram with the time of its arrival and its sender.
fn receive<A: SockaddrLike>(
    fd: BorrowedFd,
) -> nix::Result<(Duration, Option<A>, Vec<u8>)> {
    let mut buffer = vec![0; 1 << 16];
    let mut control = nix::cmsg_space!(nix::sys::time::TimeSpec);
    let (at, address, length) = {
        let mut parts = [IoSliceMut::new(&mut buffer)];
        let message = recvmsg::<A>(
            fd.as_raw_fd(),
            &mut parts,
            Some(&mut control),
            MsgFlags::MSG_DONTWAIT,
        )?;
        let at = message.cmsgs()?.find_map(|part| match part {
            ControlMessageOwned::ScmTimestampns(at) => {
                Some(Duration::from(at))
            }
            _ => None,
        });
        (at.unwrap_or_default(), message.address, message.bytes)
    };
    buffer.truncate(length);
    Ok((at, address, buffer))
}

/// Waits until the kernel stamps packets when they arrive.
///
/// It begins some time after somebody asked for it. Until then a packet is
/// stamped when it is fetched, and the order of frames at two interfaces
/// can't be told. So a datagram is left lying for a moment: once its stamp
/// is older than that moment, the clock runs. It runs as long as a socket is
/// open that asks for it: this one stays open.
///
/// # Errors
/// When it doesn't start in time.
pub fn wait_for_clock() -> Result<()> {
    static ASKS: OnceLock<OwnedFd> = OnceLock::new();
    if ASKS.get().is_some() {
        return Ok(());
    }
    let fd = socket(
        AddressFamily::Inet,
        SockType::Datagram,
        SockFlag::SOCK_CLOEXEC,
        None::<SockProtocol>,
    )?;
    setsockopt(&fd, sockopt::ReceiveTimestampns, &true)?;
    bind(fd.as_raw_fd(), &SockaddrIn::new(127, 0, 0, 1, 0))?;
    let here: SockaddrIn = getsockname(fd.as_raw_fd())?;
    let started = SystemTime::now();
    loop {
        sendto(fd.as_raw_fd(), b"?", &here, MsgFlags::empty())?;
        let sent = SystemTime::now();
        thread::sleep(Duration::from_millis(1));
        let (at, ..) = receive::<SockaddrIn>(fd.as_fd())?;
        if UNIX_EPOCH + at <= sent {
            let _ = ASKS.set(fd);
            return Ok(());
        }
        // A kernel thread starts it, which stands in line with whatever the
        // machine does: once it took more than ten seconds.
        ensure!(
            started.elapsed()? < 6 * crate::DEADLINE,
            "the kernel's clock for packets doesn't start"
        );
    }
}
