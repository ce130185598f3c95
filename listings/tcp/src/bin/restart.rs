//! A server that serves one client, closes first and stops: start it twice.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::DEADLINE;

/// Serve one client and stop, or visit such a server.
#[derive(Parser)]
struct Cli {
    #[arg(default_value = "127.0.0.1:7002")]
    address: SocketAddr,
    /// Be the client
    #[arg(long)]
    visit: bool,
    /// Bind without SO_REUSEADDR
    #[arg(long)]
    no_option: bool,
}

// ANCHOR: bind
/// What std does, but for one line.
fn bind_without_option(address: SocketAddr) -> Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket =
        Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    // std: socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}
// ANCHOR_END: bind

fn visit(address: SocketAddr) -> Result<()> {
    let mut stream = TcpStream::connect(address)
        .with_context(|| format!("nobody listens on {address}"))?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    ensure!(!text.is_empty(), "the server said nothing");
    println!("read {text:?}, then end of file");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { address, visit: is_client, no_option } = Cli::parse();
    if is_client {
        return visit(address);
    }
    let listener = if no_option {
        bind_without_option(address)
    } else {
        TcpListener::bind(address).map_err(Into::into)
    }
    .with_context(|| format!("can't listen on {address}"))?;
    println!("listening on {}", listener.local_addr()?);

    let (mut stream, client) = listener.accept()?;
    drop(listener);
    stream.write_all(b"hello")?;
    drop(stream);
    println!("served {client}, closed first");
    Ok(())
}
