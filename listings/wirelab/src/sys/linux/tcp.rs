//! What the kernel knows of TCP sockets.

use super::{netlink, raw};
use crate::sys::SocketInfo;
use crate::tcp::{Connection, Counters};
use crate::TcpState;
use anyhow::{Context, Result};
use netlink_packet_sock_diag::constants::{AF_INET, IPPROTO_TCP};
use netlink_packet_sock_diag::inet::{
    ExtensionFlags, InetRequest, SocketId, StateFlags,
};
use netlink_packet_sock_diag::SockDiagMessage;
use netlink_sys::protocols::NETLINK_SOCK_DIAG;
use socket2::SockRef;
use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

/// The socket of a connection, seen from the calling thread's stack; or none
/// where there is none. A listener has the port 0 at its far end.
///
/// # Errors
/// When the kernel has no sock_diag.
pub fn find(connection: Connection) -> Result<Option<SocketInfo>> {
    let Connection { local, remote } = connection;
    let question = InetRequest {
        family: AF_INET,
        protocol: IPPROTO_TCP,
        extensions: ExtensionFlags::empty(),
        states: StateFlags::all(),
        socket_id: SocketId {
            source_port: local.port(),
            destination_port: remote.port(),
            source_address: (*local.ip()).into(),
            destination_address: (*remote.ip()).into(),
            interface_id: 0,
            cookie: [0xff; 8], // any
        },
    };
    let question = SockDiagMessage::InetRequest(question);
    let answers = match netlink::get(NETLINK_SOCK_DIAG, question) {
        Err(error) if is_not_found(&error) => return Ok(None),
        answers => answers.context("can't ask for a socket's state")?,
    };
    for answer in answers {
        let SockDiagMessage::InetResponse(answer) = answer else {
            continue;
        };
        let header = answer.header;
        // Where there is no connection, the kernel names the listener that
        // would take one.
        if header.socket_id.destination_port != remote.port() {
            continue;
        }
        if let Some(state) = state(header.state) {
            return Ok(Some(SocketInfo {
                state,
                unread: header.recv_queue,
                unacknowledged: header.send_queue,
            }));
        }
    }
    Ok(None)
}

fn is_not_found(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<io::Error>()
        .is_some_and(|e| e.kind() == io::ErrorKind::NotFound)
}

/// The kernel's numbers: `include/net/tcp_states.h`.
fn state(number: u8) -> Option<TcpState> {
    Some(match number {
        1 => TcpState::Established,
        2 => TcpState::SynSent,
        // 12 is TCP_NEW_SYN_RECV, the same before there is a socket.
        3 | 12 => TcpState::SynReceived,
        4 => TcpState::FinWait1,
        5 => TcpState::FinWait2,
        6 => TcpState::TimeWait,
        7 => TcpState::Closed,
        8 => TcpState::CloseWait,
        9 => TcpState::LastAck,
        10 => TcpState::Listen,
        11 => TcpState::Closing,
        _ => return None,
    })
}

/// See [`Counters::of`].
pub fn counters(socket: &SockRef) -> io::Result<Counters> {
    let info = raw::tcp_info(socket.as_fd())?;
    Ok(Counters {
        retransmitted: info.tcpi_total_retrans,
        round_trip: Duration::from_micros(info.tcpi_rtt.into()),
        retransmission_timeout: Duration::from_micros(
            info.tcpi_rto.into(),
        ),
        segment_size: info.tcpi_snd_mss,
        congestion_window: info.tcpi_snd_cwnd,
    })
}
