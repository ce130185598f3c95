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
fn shake_hands(wire: &mut Wire) -> Result<([Vec<u8>; 3], Trace)> {
    let listener = wire.listen()?;
    let (socket, here) = wire.socket()?;
    let (client, server) = (wire.client.clone(), wire.server.clone());
    wire.recording.remark(&server, "listen")?;
    wire.recording.state(
        &server,
        wire.listening()?,
        TcpState::Listen,
    )?;

    wire.recording.remark(&client, "connect")?;
    let connecting = wire.connect(socket)?;
    wire.cable.wait("the SYN")?;
    wire.recording.state(&client, here, TcpState::SynSent)?;

    let syn = wire.cable.pass("the SYN")?;
    let there = here.reversed();
    wire.recording.state(&server, there, TcpState::SynReceived)?;

    let syn_ack = wire.cable.pass("the SYN ACK")?;
    wire.recording.state(&client, here, TcpState::Established)?;
    let stream = connecting.join().expect("connect never panics");
    let stream = stream.context("connect")?;
    wire.recording.remark(&client, "connect → Ok")?;

    let ack = wire.cable.pass("the ACK")?;
    wire.recording.state(&server, there, TcpState::Established)?;
    let accepted = listener.accept().context("accept")?;
    wire.recording.remark(&server, "accept → Ok")?;

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
    for segment in [&syn, &syn_ack, &ack] {
        print!("{:<7}  seq {}", segment.flags, segment.sequence);
        match segment.flags.ack {
            true => println!("  ack {}", segment.acknowledgment),
            false => println!(),
        }
    }
    ensure!(syn_ack.acknowledgment == x.wrapping_add(1));
    ensure!(ack.sequence == x.wrapping_add(1));
    ensure!(ack.acknowledgment == y.wrapping_add(1));
    Ok(())
}
// ANCHOR_END: numbers

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    let (segments, trace) = shake_hands(&mut wire)?;
    check(&segments)?;
    lab.save(&trace)
}
