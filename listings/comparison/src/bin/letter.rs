//! A letter that gets lost, a letter to nobody, and too many letters: who
//! is told.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::socket;
use socket2::SockRef;
use std::io::ErrorKind;
use std::net::UdpSocket;
use tcp::wire::Wire;
use wirelab::Options;

/// Send a datagram that gets lost, one to a port where nobody is, and more
/// than fit where somebody is.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const QUESTION: &str = "how much?";
const SENDER: &str = "172.16.10.1:5000";
const ADDRESSEE: &str = "172.16.10.2:7001";
const LETTERS: usize = 100;

/// Whether there is no letter, nor anything to be told.
fn is_empty(socket: &UdpSocket) -> Result<bool> {
    socket.set_nonblocking(true)?;
    let kind = socket.recv(&mut [0]).map_err(|error| error.kind());
    Ok(kind == Err(ErrorKind::WouldBlock))
}

// ANCHOR: lost
/// The letter gets lost on the way. Nobody is told.
fn lost(wire: &mut Wire) -> Result<()> {
    wire.scene("lost")?;
    let [client, server] = [wire.client.clone(), wire.server.clone()];
    let theirs = socket(&server, ADDRESSEE)?;
    let ours = socket(&client, SENDER)?;
    ours.connect(ADDRESSEE)?;
    let sent = ours.send(QUESTION.as_bytes())?;
    wire.recording.remark(&client, format!("send → Ok({sent})"))?;
    wire.cable.lose("the question")?;
    ensure!(is_empty(&theirs)? && is_empty(&ours)?, "not empty");
    wire.recording.remark(&server, "recv would wait")?;
    wire.recording.remark(&client, "recv would wait")?;
    ensure!(wire.cable.waiting()? == 0, "somebody says something");
    println!("lost:   send → Ok({sent}), recv would wait");
    println!("        the addressee: recv would wait");
    Ok(())
}
// ANCHOR_END: lost

// ANCHOR: nobody
/// Nobody lives there yet. The letter comes back, and isn't kept for who
/// moves in later.
fn nobody(wire: &mut Wire) -> Result<()> {
    wire.scene("nobody")?;
    let [client, server] = [wire.client.clone(), wire.server.clone()];
    let ours = socket(&client, SENDER)?;
    ours.connect(ADDRESSEE)?;
    let sent = ours.send(QUESTION.as_bytes())?;
    wire.recording.remark(&client, format!("send → Ok({sent})"))?;
    wire.cable.pass("the question")?;
    wire.cable.pass("what its host answers")?;
    let error = ours.recv(&mut [0]).err().context("an answer")?;
    ensure!(error.kind() == ErrorKind::ConnectionRefused, "{error}");
    wire.recording.remark(&client, "recv → Connection refused")?;
    let late = socket(&server, ADDRESSEE)?;
    ensure!(is_empty(&late)?, "it was kept");
    wire.recording.remark(&server, "bind; recv would wait")?;
    println!("nobody: send → Ok({sent}), recv → {error}");
    println!("        who comes later: recv would wait");
    Ok(())
}
// ANCHOR_END: nobody

// ANCHOR: full
/// All letters reach the addressee's host, which has no room for all.
fn full(wire: &mut Wire) -> Result<()> {
    let theirs = socket(&wire.server, ADDRESSEE)?;
    // The kernel makes the least it has of that.
    SockRef::from(&theirs).set_recv_buffer_size(1)?;
    let ours = socket(&wire.client, SENDER)?;
    for _ in 0..LETTERS {
        ours.send_to(QUESTION.as_bytes(), ADDRESSEE)?;
        wire.cable.pass("a letter")?;
    }
    let mut kept = 0;
    while !is_empty(&theirs)? {
        kept += 1;
    }
    ensure!((1..LETTERS).contains(&kept), "{kept} were kept");
    ensure!(wire.cable.waiting()? == 0, "somebody says something");
    println!(
        "full:   {LETTERS} letters arrived, and not all were kept"
    );
    Ok(())
}
// ANCHOR_END: full

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    lost(&mut wire)?;
    nobody(&mut wire)?;
    let trace = wire.trace()?;
    full(&mut wire)?;
    lab.save(&trace)
}
