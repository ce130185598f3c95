//! What goes wrong with broadcast and multicast, each error on purpose.

use anyhow::{bail, Result};
use clap::Parser;
use std::io;
use std::net::{Ipv4Addr, UdpSocket};

/// Meet the errors of broadcast and multicast.
#[derive(Parser)]
struct Cli {}

/// All that is at the loopback interface: nothing leaves the machine.
const ALL: Ipv4Addr = Ipv4Addr::new(127, 255, 255, 255);
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

fn socket() -> io::Result<UdpSocket> {
    UdpSocket::bind("127.0.0.1:0")
}

// ANCHOR: unasked
/// Sends to all from a socket that hasn't asked for the right to.
pub fn to_all() -> io::Result<()> {
    socket()?.send_to(b"hello", (ALL, 7001))?;
    Ok(())
}
// ANCHOR_END: unasked

// ANCHOR: no_group
/// Joins what is the address of a host.
pub fn join_a_host() -> io::Result<()> {
    let host = Ipv4Addr::new(172, 16, 10, 2);
    socket()?.join_multicast_v4(&host, &Ipv4Addr::LOCALHOST)
}
// ANCHOR_END: no_group

// ANCHOR: no_card
/// Joins a group at a card that this machine doesn't have.
pub fn join_elsewhere() -> io::Result<()> {
    let card = Ipv4Addr::new(192, 0, 2, 1);
    socket()?.join_multicast_v4(&GROUP, &card)
}
// ANCHOR_END: no_card

// ANCHOR: twice
/// Joins what it has joined already.
pub fn join_twice() -> io::Result<()> {
    let socket = socket()?;
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)?;
    socket.join_multicast_v4(&GROUP, &Ipv4Addr::LOCALHOST)
}
// ANCHOR_END: twice

fn main() -> Result<()> {
    Cli::parse();
    for (what, outcome) in [
        ("send to all, without SO_BROADCAST", to_all()),
        ("join the address of a host", join_a_host()),
        ("join at somebody else's card", join_elsewhere()),
        ("join a second time", join_twice()),
    ] {
        let Err(error) = outcome else { bail!("{what}: no error") };
        println!("{what}\n  {error}");
    }
    Ok(())
}
