//! Four calls that go wrong: the address is a broadcast, nobody listens, a
//! SYN is lost, all are lost.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{self, ErrorKind};
use std::net::TcpStream;
use std::time::{Duration, Instant};
use tcp::wire::Wire;
use wirelab::{Frame, Options, TcpState};

/// Call everybody, a server that isn't there, one that hears badly, and one
/// that hears nothing at all.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: refused
/// The server's host is there, and nobody listens.
fn refused(wire: &mut Wire) -> Result<()> {
    wire.scene("refused")?;
    let (socket, client, _) = wire.socket()?;
    wire.says(&client, "connect")?;
    let connecting = wire.connect(socket)?;
    wire.cable.wait("the SYN")?;
    wire.is(&client, TcpState::SynSent)?;
    wire.cable.pass("the SYN")?;
    wire.cable.pass("the reset")?;
    let called = connecting.join().expect("connect never panics");
    let error = failed(called, ErrorKind::ConnectionRefused)?;
    println!("nobody listens  {error}");
    wire.says(&client, format!("connect → {error}"))?;
    wire.is(&client, TcpState::Closed)
}
// ANCHOR_END: refused

// ANCHOR: repeated
/// The cable loses a SYN. The program isn't told.
fn repeated(wire: &mut Wire) -> Result<()> {
    wire.scene("repeated")?;
    let listener = wire.listen()?;
    let (socket, client, _) = wire.socket()?;
    wire.says(&client, "connect")?;
    let start = Instant::now();
    let connecting = wire.connect(socket)?;
    let lost = wire.cable.lose("the SYN")?;
    wire.is(&client, TcpState::SynSent)?;
    let again = wire.cable.wait("the SYN, again")?.to_vec();
    let waited = start.elapsed();
    ensure!(number(&lost)? == number(&again)?, "another number");
    ensure!(waited > Duration::from_millis(900), "{waited:?}");

    let (client, server) = wire.accept(&listener)?;
    let called = connecting.join().expect("connect never panics");
    wire.says(&client, "connect → Ok")?;
    wire.is(&client, TcpState::Established)?;
    println!("a SYN is lost   the same again after {waited:.1?}: Ok");
    wire.leave(called.context("connect")?);
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: repeated

// ANCHOR: given_up
/// The cable loses every SYN, and the kernel may repeat it once.
fn given_up(wire: &mut Wire) -> Result<()> {
    wire.scene("given_up")?;
    wire.client.set_sysctl("ipv4/tcp_syn_retries", "1")?;
    // Since version 6.5 Linux does it more often, and has a switch for that.
    let _ = wire.client.set_sysctl("ipv4/tcp_syn_linear_timeouts", "0");
    let (socket, client, _) = wire.socket()?;
    wire.says(&client, "connect")?;
    let connecting = wire.connect(socket)?;
    wire.cable.lose("the SYN")?;
    wire.is(&client, TcpState::SynSent)?;
    wire.cable.lose("the SYN, again")?;
    let called = connecting.join().expect("connect never panics");
    let error = failed(called, ErrorKind::TimedOut)?;
    println!("all are lost    {error}");
    wire.says(&client, format!("connect → {error}"))?;
    wire.is(&client, TcpState::Closed)
}
// ANCHOR_END: given_up

// ANCHOR: broadcast
/// A call to everybody. The kernel doesn't even try.
fn to_everybody(wire: &mut Wire) -> Result<()> {
    let all = "172.16.10.255:7000";
    let called = wire.client.run(|| TcpStream::connect(all));
    let error = failed(called, ErrorKind::NetworkUnreachable)?;
    println!("to everybody    {error}");
    ensure!(wire.cable.waiting()? == 0, "a frame was sent");
    Ok(())
}
// ANCHOR_END: broadcast

/// The error that the call must have ended with.
fn failed(
    called: io::Result<TcpStream>,
    how: ErrorKind,
) -> Result<io::Error> {
    let error = called.err().context("somebody has answered")?;
    ensure!(error.kind() == how, "{error}");
    Ok(error)
}

fn number(segment: &[u8]) -> Result<u32> {
    let segment = Frame::new(segment).tcp();
    Ok(segment.context("not a TCP segment")?.sequence)
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    to_everybody(&mut wire)?;
    refused(&mut wire)?;
    repeated(&mut wire)?;
    given_up(&mut wire)?;
    lab.save(&wire.trace()?)
}
