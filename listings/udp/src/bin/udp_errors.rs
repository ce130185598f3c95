//! What goes wrong with UDP sockets, each error on purpose.

use anyhow::{bail, Result};
use clap::Parser;
use std::io;
use std::net::UdpSocket;
use std::time::Duration;
use udp::socket;

/// Meet the errors of UDP sockets.
#[derive(Parser)]
struct Cli {}

// ANCHOR: nowhere
/// Sends without an address on a socket that isn't connected to one.
pub fn to_nobody() -> io::Result<usize> {
    socket()?.send(b"hello")
}
// ANCHOR_END: nowhere

// ANCHOR: family
/// Sends to an IPv6 address from an IPv4 socket.
pub fn to_another_family() -> io::Result<usize> {
    socket()?.send_to(b"hello", "[::1]:7001")
}
// ANCHOR_END: family

// ANCHOR: silence
/// Waits for an answer that nobody sends.
pub fn silence() -> io::Result<usize> {
    let socket = socket()?;
    socket.set_read_timeout(Some(Duration::from_millis(100)))?;
    socket.recv(&mut [0; 100])
}
// ANCHOR_END: silence

// ANCHOR: stranger
/// Waits for a stranger's datagram on a socket that is connected to
/// somebody else.
pub fn stranger() -> io::Result<usize> {
    let (ours, friend, stranger) = (socket()?, socket()?, socket()?);
    ours.connect(friend.local_addr()?)?;
    ours.set_read_timeout(Some(Duration::from_millis(100)))?;
    send_from(&stranger, &ours)?;
    ours.recv(&mut [0; 100])
}
// ANCHOR_END: stranger

pub fn send_from(
    from: &UdpSocket,
    to: &UdpSocket,
) -> io::Result<usize> {
    from.send_to(b"hello", to.local_addr()?)
}

fn main() -> Result<()> {
    Cli::parse();
    for (what, outcome) in [
        ("send, not connected, no address", to_nobody()),
        ("send_to, from IPv4 to IPv6", to_another_family()),
        ("recv, and nobody sends", silence()),
        ("recv, connected, and a stranger sends", stranger()),
    ] {
        let Err(error) = outcome else { bail!("{what}: no error") };
        println!("{what}\n  {error}");
    }
    Ok(())
}
