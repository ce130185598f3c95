//! A handshake whose third segment is lost.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{Read, Write};
use tcp::wire::Wire;
use tcp::DEADLINE;
use wirelab::TcpState::{Established, SynReceived};
use wirelab::{Options, Trace};

/// Lose the last segment of a handshake, and write all the same.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
fn lose_the_third() -> Result<Trace> {
    let mut wire = Wire::new()?;
    let listener = wire.listen()?;
    let (socket, client, server) = wire.socket()?;
    let calling = wire.connect(socket)?;
    wire.cable.pass("the SYN")?;
    wire.cable.pass("the SYN ACK")?;
    let called = calling.join().expect("connect never panics");
    let mut near = called.context("connect")?;
    wire.says(&client, "connect → Ok")?;
    wire.cable.lose("the ACK")?;
    wire.is(&server, SynReceived)?;
    wire.is(&client, Established)?;
    println!("the client is ESTABLISHED, the server SYN-RECEIVED");

    wire.says(&client, "write")?;
    near.write_all(b"hello")?;
    wire.cable.pass("the text")?;
    wire.is(&server, Established)?;
    wire.cable.pass("its ACK")?;
    let (mut far, _) = listener.accept()?;
    wire.says(&server, "accept → Ok")?;
    far.set_read_timeout(Some(DEADLINE))?;
    let mut text = [0; 5];
    far.read_exact(&mut text)?;
    ensure!(&text == b"hello", "that is another text");
    println!("the client writes: the server is ESTABLISHED, too");
    let trace = wire.trace()?;
    drop((near, far));
    Ok(trace)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = lose_the_third()?;
    lab.save(&trace)
}
