//! A client that keeps trying, until it reaches somebody: itself.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};
use tcp::unused_address;

/// Call a server that isn't there until somebody answers, and then start
/// the server.
#[derive(Parser)]
struct Cli {}

// ANCHOR: keep_trying
/// Calls again and again, as programs do whose server starts later.
pub fn keep_trying(server: SocketAddr) -> Result<TcpStream> {
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(60) {
        match TcpStream::connect(server) {
            Err(e) if e.kind() == ErrorKind::ConnectionRefused => {}
            outcome => return outcome.context("connect"),
        }
    }
    bail!("nobody at {server}")
}
// ANCHOR_END: keep_trying

// ANCHOR: ephemeral
/// A port that the kernel has just given to a client. Nobody has it now.
pub fn ephemeral_port() -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    // Closed by a reset, it leaves nothing behind: RFC 9293 §3.10.5.
    SockRef::from(&client).set_linger(Some(Duration::ZERO))?;
    Ok(client.local_addr()?)
}
// ANCHOR_END: ephemeral

fn main() -> Result<()> {
    Cli::parse();
    let once = TcpStream::connect(unused_address()?);
    let error = once.err().context("somebody listens")?;
    println!("connect, and nobody listens\n  {error}");

    let server = ephemeral_port()?;
    let stream = keep_trying(server)?;
    let (here, there) = (stream.local_addr()?, stream.peer_addr()?);
    println!("connect, again and again\n  {here} → {there}");
    ensure!(here == there, "somebody else has answered");
    let late = TcpListener::bind(server);
    let error = late.err().context("the port was free")?;
    println!("now the server starts\n  {error}");
    Ok(())
}
