//! A name with two addresses, and a server at one of them.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::net::{TcpListener, TcpStream};

/// Look for a server at ::1 and at 127.0.0.1, where it listens at one of
/// them.
#[derive(Parser)]
struct Cli {}

// ANCHOR: clients
/// What `localhost` stands for on many machines, in this order.
pub const LOCALHOST: [IpAddr; 2] =
    [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)];

/// A client that takes the first address of a name.
pub fn first(port: u16) -> io::Result<TcpStream> {
    TcpStream::connect((LOCALHOST[0], port))
}

/// One that tries each in turn, as std does with a name.
pub fn each(port: u16) -> io::Result<TcpStream> {
    let addresses = LOCALHOST.map(|ip| SocketAddr::new(ip, port));
    TcpStream::connect(&addresses[..])
}
// ANCHOR_END: clients

/// A server at one of the two addresses. At the other a socket has the same
/// port and doesn't listen, so that nobody else answers there.
pub fn server(n: usize) -> Result<(TcpListener, Socket)> {
    let [at, other] = [LOCALHOST[n], LOCALHOST[1 - n]];
    for _ in 0..100 {
        let server = TcpListener::bind((at, 0))
            .with_context(|| format!("this machine has no {at}"))?;
        let port = server.local_addr()?.port();
        let address = SocketAddr::new(other, port);
        let domain = Domain::for_address(address);
        let silent = Socket::new(domain, Type::STREAM, None)?;
        match silent.bind(&address.into()) {
            // The kernel has chosen a port that is free at one alone.
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            bound => {
                bound.with_context(|| {
                    format!("this machine has no {other}")
                })?;
                return Ok((server, silent));
            }
        }
    }
    bail!("no port is free at both")
}

fn said(tried: &io::Result<TcpStream>) -> String {
    match tried.as_ref().map(TcpStream::peer_addr) {
        Ok(Ok(peer)) => format!("connected to {}", peer.ip()),
        Ok(Err(error)) => error.to_string(),
        Err(error) => error.to_string(),
    }
}

fn main() -> Result<()> {
    let Cli {} = Cli::parse();
    for (n, at) in LOCALHOST.into_iter().enumerate() {
        let (server, _silent) = server(n)?;
        let port = server.local_addr()?.port();
        println!("a server at {at}");
        for to in LOCALHOST {
            let tried = TcpStream::connect((to, port));
            println!("  to {to:<9}  {}", said(&tried));
            match tried {
                Ok(_) => ensure!(to == at),
                Err(error) => ensure!(
                    to != at
                        && error.kind() == ErrorKind::ConnectionRefused,
                    "{error}"
                ),
            }
        }
        println!("  the first     {}", said(&first(port)));
        println!("  each of them  {}", said(&each(port)));
    }
    Ok(())
}
