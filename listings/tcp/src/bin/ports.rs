//! Four services on one address, and how they are told apart.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use tcp::DEADLINE;

/// Offer four services, ask each of them, and try to offer a fifth.
#[derive(Parser)]
struct Cli {
    /// Where to tell the time, by TCP, and to keep a log, by UDP
    #[arg(default_value = "127.0.0.1:0")]
    time_and_log: SocketAddr,
    /// Where to look names up, by either
    #[arg(default_value = "127.0.0.1:0")]
    names: SocketAddr,
}

/// A listener of TCP and a socket of UDP, with the same number.
pub fn same_number(
    address: SocketAddr,
) -> Result<(TcpListener, UdpSocket)> {
    for _ in 0..100 {
        let tcp = TcpListener::bind(address)
            .with_context(|| format!("TCP {address}"))?;
        let address_in_tcp = tcp.local_addr()?;
        match UdpSocket::bind(address_in_tcp) {
            // The kernel has chosen a number that is free in TCP alone.
            Err(error)
                if error.kind() == ErrorKind::AddrInUse
                    && address.port() == 0 => {}
            udp => {
                let context = || format!("UDP {address_in_tcp}");
                return Ok((tcp, udp.with_context(context)?));
            }
        }
    }
    bail!("no number is free in both")
}

// ANCHOR: ask
/// Has the service say who it is to a client that has come by TCP.
pub fn ask_tcp(service: &TcpListener, name: &str) -> Result<String> {
    let address = service.local_addr()?;
    let mut client = TcpStream::connect(address)?;
    let (mut server, _) = service.accept()?;
    server.write_all(name.as_bytes())?;
    drop(server);
    client.set_read_timeout(Some(DEADLINE))?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    println!("TCP {address}  {answer:?}");
    Ok(answer)
}

/// The same by UDP.
pub fn ask_udp(service: &UdpSocket, name: &str) -> Result<String> {
    let address = service.local_addr()?;
    let client = UdpSocket::bind((address.ip(), 0))?;
    client.send_to(b"?", address)?;
    let mut buffer = [0; 100];
    service.set_read_timeout(Some(DEADLINE))?;
    let (_, from) = service.recv_from(&mut buffer)?;
    service.send_to(name.as_bytes(), from)?;
    client.set_read_timeout(Some(DEADLINE))?;
    let (n, _) = client.recv_from(&mut buffer)?;
    let answer = String::from_utf8_lossy(&buffer[..n]).into_owned();
    println!("UDP {address}  {answer:?}");
    Ok(answer)
}
// ANCHOR_END: ask

// ANCHOR: main
fn main() -> Result<()> {
    let cli = Cli::parse();
    let (time, log) = same_number(cli.time_and_log)?;
    let (names, names_by_udp) = same_number(cli.names)?;

    ensure!(ask_tcp(&time, "time")? == "time");
    ensure!(ask_udp(&log, "log")? == "log");
    ensure!(ask_tcp(&names, "names")? == "names");
    ensure!(ask_udp(&names_by_udp, "names")? == "names");

    let taken = time.local_addr()?;
    let error = TcpListener::bind(taken).err();
    let error = error.context("two listeners have one address")?;
    println!("a fifth at TCP {taken}: {error}");
    ensure!(error.kind() == ErrorKind::AddrInUse);
    Ok(())
}
// ANCHOR_END: main
