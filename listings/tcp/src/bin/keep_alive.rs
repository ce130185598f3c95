//! Has the kernel ask whether the other end is there, until nobody answers.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::{SockRef, TcpKeepalive};
use std::io::{ErrorKind, Read};
use std::time::{Duration, Instant};
use tcp::wire::Wire;
use wirelab::{Options, TcpState};

/// Only read, with SO_KEEPALIVE, and cut the cable.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
const SECOND: Duration = Duration::from_secs(1);
const PROBES: u32 = 2;

fn only_read(wire: &mut Wire) -> Result<()> {
    let (mut client, mut server) = wire.establish()?;
    let asks = TcpKeepalive::new()
        .with_time(SECOND) // of silence, then the first probe
        .with_interval(SECOND)
        .with_retries(PROBES);
    SockRef::from(&client.stream).set_tcp_keepalive(&asks)?;
    wire.says(&client.at, "SO_KEEPALIVE")?;

    wire.write(&mut server, "hello")?;
    wire.cable.pass("the data")?;
    wire.cable.pass("the ACK")?;
    wire.read(&mut client, "hello")?;

    wire.cable.pass("a probe")?;
    let start = Instant::now();
    wire.cable.pass("its answer")?;
    let heard = segments(wire)?;
    wire.hears_nothing(&mut client)?;
    wire.hears_nothing(&mut server)?;
    println!("the server is there");
    println!("  {}", heard.join(", "));

    // No frame passes from here on: the cable is cut.
    let error = client.stream.read(&mut [0]).err();
    let error = error.context("read went well")?;
    let waited = start.elapsed();
    wire.says(&client.at, format!("read → {error}"))?;
    let unheard = segments(wire)?.split_off(heard.len());
    println!("the server has gone");
    println!("  {}", unheard.join(", "));
    println!("read, after {} ms: {error}", waited.as_millis());
    ensure!(error.kind() == ErrorKind::TimedOut, "another error");
    ensure!(waited >= PROBES * SECOND, "it gave up early");
    wire.is(&client.at, TcpState::Closed)?;
    wire.hears_nothing(&mut server)?;
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: lab

/// Whose segments were sent so far, with their flags.
fn segments(wire: &mut Wire) -> Result<Vec<String>> {
    let trace = wire.trace()?;
    let sent = trace.segments();
    Ok(sent
        .iter()
        .map(|(host, flags)| format!("{host} {flags}"))
        .collect())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    only_read(&mut wire)?;
    lab.save(&wire.trace()?)
}
