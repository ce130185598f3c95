//! Writes to a host that is gone, until the kernel gives up.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tcp::wire::Wire;
use wirelab::{Counters, Options, TcpState};

/// Cut the cable, write into it, and wait for the error.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
#[cfg(target_os = "linux")]
fn set_user_timeout(
    stream: &TcpStream,
    limit: Duration,
) -> io::Result<()> {
    let socket = socket2::SockRef::from(stream);
    socket.set_tcp_user_timeout(Some(limit))
}

/// Writes once. The kernel sends it again, until the time is over.
fn write_into_silence(wire: &mut Wire) -> Result<()> {
    wire.client.retransmit_after(Duration::from_millis(200))?;
    let (mut client, mut server) = wire.establish()?;
    let first = Counters::of(&client.stream)?.retransmission_timeout;
    // It is sent again after once that time, and then after twice.
    let limit = 5 * first;
    set_user_timeout(&client.stream, limit)?;
    println!("TCP_USER_TIMEOUT: {} ms", limit.as_millis());
    wire.says(&client.at, "TCP_USER_TIMEOUT")?;

    // No frame passes from here on: the cable is cut.
    let start = Instant::now();
    wire.says(&client.at, "write \"hello?\"")?;
    client.stream.write_all(b"hello?")?;
    println!("write: Ok");
    let error = client.stream.read(&mut [0]).err();
    let error = error.context("read went well")?;
    let waited = start.elapsed();
    wire.says(&client.at, format!("read → {error}"))?;
    println!("read, after {} ms: {error}", waited.as_millis());
    ensure!(error.kind() == ErrorKind::TimedOut, "another error");
    ensure!(waited >= limit, "it gave up early");
    wire.is(&client.at, TcpState::Closed)?;
    wire.hears_nothing(&mut server)?;
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: lab

#[cfg(not(target_os = "linux"))]
fn set_user_timeout(_: &TcpStream, _: Duration) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    write_into_silence(&mut wire)?;
    let trace = wire.trace()?;
    println!("sent {} times", trace.segments().len());
    lab.save(&trace)
}
