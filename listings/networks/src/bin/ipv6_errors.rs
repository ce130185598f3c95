//! Addresses of IPv6 that lack something.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{self, ErrorKind};
use std::net::{AddrParseError, Ipv6Addr, SocketAddr, UdpSocket};

/// Connect to a link-local address without saying where, and read a port
/// that isn't one.
#[derive(Parser)]
struct Cli {}

// ANCHOR: link_local
/// fe80::1 is at every link. At which one, the address doesn't say.
pub fn link_local() -> Result<io::Error> {
    let socket = UdpSocket::bind((Ipv6Addr::UNSPECIFIED, 0))
        .context("this machine has no IPv6")?;
    let connected = socket.connect("[fe80::1]:7000");
    connected.err().context("it needs no interface")
}
// ANCHOR_END: link_local

// ANCHOR: port
/// The same text as an address with a port, and as an address.
pub fn port() -> Result<(AddrParseError, Ipv6Addr)> {
    const TEXT: &str = "::1:7000";
    let with_port = TEXT.parse::<SocketAddr>().err();
    Ok((with_port.context("it has a port")?, TEXT.parse()?))
}
// ANCHOR_END: port

fn main() -> Result<()> {
    let Cli {} = Cli::parse();
    println!("connect to [fe80::1]:7000");
    let error = link_local()?;
    println!("  {error}");
    ensure!(error.kind() == ErrorKind::InvalidInput);
    println!("::1:7000");
    let (error, address) = port()?;
    println!("  with a port: {error}");
    println!("  without: {:x?}", address.segments());
    ensure!(address.segments()[7] == 0x7000);
    Ok(())
}
