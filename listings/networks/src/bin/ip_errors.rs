//! Addresses that a kernel doesn't send to, can't bind, or takes for others.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{self, ErrorKind};
use std::net::{
    Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket,
};
use std::time::Duration;

/// Send to a broadcast address, bind to a stranger's, connect to none.
#[derive(Parser)]
struct Cli {}

const DEADLINE: Duration = Duration::from_secs(10);

// ANCHOR: broadcast
/// The broadcast address of loopback: every address 127.x.y.z is there, so
/// the last of them is for all.
const ALL: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);

/// Sends to all, without permission and with it.
pub fn broadcast() -> Result<(io::Error, usize)> {
    let receiver = UdpSocket::bind((ALL, 0)).context("can't bind")?;
    receiver.set_read_timeout(Some(DEADLINE))?;
    let to = receiver.local_addr()?;
    let sender = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
    let refused = sender.send_to(b"hello", to).err();
    sender.set_broadcast(true)?; // SO_BROADCAST
    sender.send_to(b"hello", to).context("still refused")?;
    let received = receiver.recv(&mut [0; 16]).context("no hello")?;
    Ok((refused.context("it is allowed without")?, received))
}
// ANCHOR_END: broadcast

// ANCHOR: not_mine
/// 192.0.2.1 is for documentation: no machine has it.
pub fn not_mine() -> Result<io::Error> {
    let bound = UdpSocket::bind(("192.0.2.1", 0));
    bound.err().context("192.0.2.1 is ours")
}
// ANCHOR_END: not_mine

// ANCHOR: nobody
/// 0.0.0.0 as a destination: whom Linux connects to.
pub fn nobody() -> Result<SocketAddr> {
    let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let to = (Ipv4Addr::UNSPECIFIED, server.local_addr()?.port());
    let client = TcpStream::connect(to).context("can't connect")?;
    Ok(client.peer_addr()?)
}
// ANCHOR_END: nobody

fn main() -> Result<()> {
    let Cli {} = Cli::parse();
    println!("send_to {ALL}");
    let (refused, received) = broadcast()?;
    println!("  {refused}");
    ensure!(refused.kind() == ErrorKind::PermissionDenied);
    println!("  with SO_BROADCAST: received {received} bytes");
    println!("bind 192.0.2.1");
    let error = not_mine()?;
    println!("  {error}");
    ensure!(error.kind() == ErrorKind::AddrNotAvailable);
    println!("connect to {}", Ipv4Addr::UNSPECIFIED);
    let peer = nobody()?;
    println!("  connected to {}", peer.ip());
    ensure!(peer.ip().is_loopback());
    Ok(())
}
