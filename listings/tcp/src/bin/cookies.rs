//! A server that answers a SYN and remembers nothing.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use tcp::wire::Wire;
use wirelab::TcpState::{Closed, Established, SynSent};
use wirelab::{Frame, Options, Trace};

/// Open a connection to a server that sends SYN cookies.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
fn open() -> Result<Trace> {
    let mut wire = Wire::new()?;
    // Not only when its queue is full: always.
    wire.server.set_sysctl("ipv4/tcp_syncookies", "2")?;
    let listener = wire.listen()?;
    let (socket, client, server) = wire.socket()?;
    wire.says(&client, "connect")?;
    let calling = wire.connect(socket)?;
    wire.cable.wait("the SYN")?;
    wire.is(&client, SynSent)?;
    wire.cable.pass("the SYN")?;
    let answer = wire.cable.wait("the SYN ACK")?;
    let answer = Frame::new(answer).tcp().context("no TCP")?;
    ensure!(answer.flags.syn && answer.flags.ack, "{}", answer.flags);
    wire.is(&server, Closed)?;
    println!("the server has answered, and keeps no record");

    wire.cable.pass("the SYN ACK")?;
    wire.is(&client, Established)?;
    wire.cable.pass("the ACK")?;
    wire.is(&server, Established)?;
    println!("the last ACK has brought all that it needs");
    let called = calling.join().expect("connect never panics");
    let ends = (called.context("connect")?, listener.accept()?);
    let trace = wire.trace()?;
    drop(ends);
    Ok(trace)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = open()?;
    lab.save(&trace)
}
