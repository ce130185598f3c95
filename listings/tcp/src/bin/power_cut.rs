//! A host loses its power, and comes back without a memory.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::SockRef;
use std::io::{Read, Write};
use std::time::Duration;
use tcp::wire::Wire;
use wirelab::{Options, TcpState};

/// Cut a server's power, and see what its client notices.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: cut
/// The server goes while nobody speaks, and it comes back.
fn power_cut(wire: &mut Wire) -> Result<()> {
    let (mut client, server) = wire.establish()?;
    wire.says(&server.at, "power off")?;
    wire.server.switch_off("eth0")?;
    // Its memory goes, too. What its kernel says to that, nobody hears.
    SockRef::from(&server.stream).set_linger(Some(Duration::ZERO))?;
    drop(server.stream);
    wire.is(&server.at, TcpState::Closed)?;
    wire.hears_nothing(&mut client)?;
    let frames = wire.trace()?.segments().len();
    println!("power off: {frames} frames, the client is ESTABLISHED");

    wire.says(&server.at, "power on")?;
    wire.server.switch_on("eth0")?;
    wire.server.learn(&wire.client)?;
    wire.hears_nothing(&mut client)?;
    let frames = wire.trace()?.segments().len();
    println!("power on:  {frames} frames, it still is");
    ensure!(frames == 0, "something was sent");

    let written = client.stream.write(b"still there?")?;
    wire.says(&client.at, "write \"still there?\" → Ok")?;
    println!("client     write: Ok({written})");
    wire.cable.pass("the data")?;
    wire.cable.pass("a reset")?;
    wire.is(&client.at, TcpState::Closed)?;
    let read = client.stream.read(&mut [0]);
    let error = read.err().context("read went well")?;
    wire.says(&client.at, format!("read → {error}"))?;
    println!("           read: {error}");
    Ok(())
}
// ANCHOR_END: cut

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    power_cut(&mut wire)?;
    lab.save(&wire.trace()?)
}
