//! The three segments that open a connection, one at a time.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use tcp::wire::Wire;
use wirelab::{Frame, Options, TcpState, Trace};

/// Open a TCP connection between two hosts, and stop after each segment to
/// look at both ends.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// Connects, and returns the three segments as they were sent, and the whole
/// story.
fn shake_hands() -> Result<([Vec<u8>; 3], Trace)> {
    let mut wire = Wire::new()?;
    let listening = wire.listening()?;
    wire.says(&listening, "listen")?;
    let listener = wire.listen()?;
    wire.is(&listening, TcpState::Listen)?;

    let (socket, client, server) = wire.socket()?;
    wire.says(&client, "connect")?;
    let connecting = wire.connect(socket)?;
    wire.cable.wait("the SYN")?;
    wire.is(&client, TcpState::SynSent)?;

    let syn = wire.cable.pass("the SYN")?;
    wire.is(&server, TcpState::SynReceived)?;

    let syn_ack = wire.cable.pass("the SYN ACK")?;
    wire.is(&client, TcpState::Established)?;
    let stream = connecting.join().expect("connect never panics");
    let stream = stream.context("connect")?;
    wire.cable.wait("the ACK")?;
    wire.says(&client, "connect → Ok")?;

    let ack = wire.cable.pass("the ACK")?;
    wire.is(&server, TcpState::Established)?;
    let accepted = listener.accept().context("accept")?;
    wire.says(&server, "accept → Ok")?;

    let trace = wire.trace()?;
    drop((stream, accepted));
    Ok(([syn, syn_ack, ack], trace))
}
// ANCHOR_END: lab

// ANCHOR: numbers
/// Whether each side acknowledges the other's first number, plus one.
fn check(segments: &[Vec<u8>; 3]) -> Result<()> {
    let [syn, syn_ack, ack] = segments.each_ref().map(|bytes| {
        Frame::new(bytes).tcp().context("not a TCP segment")
    });
    let (syn, syn_ack, ack) = (syn?, syn_ack?, ack?);
    let (x, y) = (syn.sequence, syn_ack.sequence);

    println!("{:<7}  seq {x} = x", syn.flags);
    let number = syn_ack.acknowledgment;
    ensure!(number == x.wrapping_add(1), "ack {number}, not x + 1");
    println!("{:<7}  seq {y} = y", syn_ack.flags);
    println!("         ack {number} = x + 1");
    let number = ack.acknowledgment;
    ensure!(number == y.wrapping_add(1), "ack {number}, not y + 1");
    ensure!(ack.sequence == x.wrapping_add(1), "not seq x + 1");
    println!("{:<7}  seq {} = x + 1", ack.flags, ack.sequence);
    println!("         ack {number} = y + 1");
    Ok(())
}
// ANCHOR_END: numbers

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let (segments, trace) = shake_hands()?;
    check(&segments)?;
    lab.save(&trace)
}
