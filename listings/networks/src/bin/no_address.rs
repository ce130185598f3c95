//! A network card that is switched on and has no address.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{settled, story, udp};
use std::io::{self, ErrorKind};
use std::net::UdpSocket;
use wirelab::NO_ADDRESS;
use wirelab::{Frame, Host, Lan, Options, Recording, Trace};

/// Send from a card without an address, and give it one.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a's card is new. b is set up.
fn begin() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    lan.plug(&a, NO_ADDRESS)?;
    lan.plug(&b, "172.16.10.2/24")?;
    let mut recording = Recording::of(&[&a, &b])?;

    recording.scene("none");
    let from_a = udp(&a, 5000)?;
    let refused = from_a.send_to(b"hello", "172.16.10.2:7000");
    let error = refused.err().context("sent without an address")?;
    recording.remark(&a, format!("send_to → {error}"))?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");
    let bound = a.run(|| UdpSocket::bind("172.16.10.1:5000"));
    let error = bound.err().context("bound to no address of a's")?;
    recording.remark(&a, format!("bind 172.16.10.1 → {error}"))?;
    ensure!(error.kind() == ErrorKind::AddrNotAvailable, "{error}");

    // Had a sent anything, it would be there before this.
    recording.scene("asking");
    let at_b = udp(&b, 7000)?;
    only_at(&from_a, "eth0")?;
    from_a.set_broadcast(true)?;
    from_a.send_to(b"who am I?", "255.255.255.255:7000")?;
    let (text, sender) = receive_from(&at_b)?;
    recording.remark(&b, format!("recv_from {sender} → {text:?}"))?;

    recording.scene("given");
    a.add_address("eth0", "172.16.10.1/24")?;
    recording.remark(&a, "eth0 is given 172.16.10.1/24")?;
    from_a.send_to(b"hello", "172.16.10.2:7000")?;
    let (text, sender) = receive_from(&at_b)?;
    recording.remark(&b, format!("recv_from {sender} → {text:?}"))?;
    settled(&mut recording, &b, &["172.16.10.255"])
}
// ANCHOR_END: lab

/// What the next datagram says, and who sends it.
fn receive_from(socket: &UdpSocket) -> Result<(String, String)> {
    let mut buffer = [0; 64];
    let (n, from) = socket.recv_from(&mut buffer)?;
    let text = String::from_utf8_lossy(&buffer[..n]).into_owned();
    Ok((text, from.to_string()))
}

/// Has a socket send through one card, whatever the routes say:
/// SO_BINDTODEVICE of socket(7).
fn only_at(socket: &UdpSocket, card: &str) -> io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        let socket = socket2::SockRef::from(socket);
        socket.bind_device(Some(card.as_bytes()))
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (socket, card);
        Err(ErrorKind::Unsupported.into())
    }
}

/// Whether a sent from no address, and then from its own.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let datagrams = frames.filter(|frame| frame.udp().is_some());
    let sources = datagrams.filter_map(|frame| frame.ipv4());
    let sources: Vec<_> =
        sources.map(|ip| ip.source.to_string()).collect();
    ensure!(sources == ["0.0.0.0", "172.16.10.1"], "{sources:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = begin()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
