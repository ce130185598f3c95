//! A file goes from one program to another, on a machine without a network.

use anyhow::Result;
use clap::Parser;
use networks::shelf::{ask, file, serve, Shelf};
use std::net::UdpSocket;
use std::time::Duration;

/// Fetch a file from a server on this machine.
#[derive(Parser)]
struct Cli {
    #[arg(default_value = "notes.txt")]
    name: String,
}

const SHELF: Shelf = &[("notes.txt", b"milk, a longer cable")];

// ANCHOR: share
/// Both ends are on the loopback interface, which no cable leaves.
fn fetch(name: &str) -> Result<Vec<u8>> {
    let (server, client) = (socket()?, socket()?);
    client.connect(server.local_addr()?)?;
    ask(&client, name)?;
    serve(&server, SHELF)?;
    file(&client)
}
// ANCHOR_END: share

fn socket() -> Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(socket)
}

fn main() -> Result<()> {
    let Cli { name } = Cli::parse();
    let file = fetch(&name)?;
    println!("{name}: {}", String::from_utf8_lossy(&file));
    Ok(())
}
