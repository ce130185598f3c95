//! A client host that has two ports for all its connections.

use anyhow::{ensure, Context, Result};
use architecture::talk::{accept, connect};
use clap::Parser;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::wire::{Wire, SERVER};
use wirelab::{Options, Trace};

/// Connect as often as two ports allow, and once more, to another port.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// Another port of the same server.
const OTHER: &str = "172.16.10.2:7001";

// ANCHOR: lab
/// Two connections, one that fails, and one to another port.
fn run_out() -> Result<Trace> {
    let mut wire = Wire::new()?;
    wire.client.set_sysctl("ipv4/ip_local_port_range", "9000 9001")?;
    let listener = wire.listen()?;
    let other = wire.server.run(|| TcpListener::bind(OTHER))?;
    let first = open(&mut wire, SERVER, &listener)?;
    let second = open(&mut wire, SERVER, &listener)?;

    let server: SocketAddr = SERVER.parse()?;
    let third = wire.client.run(|| connect(server));
    let error = third.err().context("there was a third port")?;
    say(&mut wire, SERVER, &error.to_string())?;
    ensure!(error.kind() == ErrorKind::AddrNotAvailable, "{error}");
    ensure!(wire.cable.waiting()? == 0, "a frame was sent");

    let elsewhere = open(&mut wire, OTHER, &other)?;
    let port = elsewhere.0.local_addr()?;
    let known = [first.0.local_addr()?, second.0.local_addr()?];
    ensure!(known.contains(&port), "{port} is a third one");
    wire.trace()
}

/// Both ends of a new connection.
fn open(
    wire: &mut Wire,
    to: &str,
    listener: &TcpListener,
) -> Result<(TcpStream, TcpStream)> {
    let server: SocketAddr = to.parse()?;
    let calling = wire.client.spawn(move || connect(server))?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        wire.cable.pass(segment)?;
    }
    let called: io::Result<TcpStream> =
        calling.join().expect("connect never panics");
    let client = called.with_context(|| format!("connect to {to}"))?;
    let port = client.local_addr()?.port();
    say(wire, to, &format!("Ok, from {port}"))?;
    Ok((client, accept(listener)?))
}

/// What has become of a call.
fn say(wire: &mut Wire, to: &str, outcome: &str) -> Result<()> {
    let (_, port) = to.split_once(':').context("no port")?;
    let text = format!("connect to {port} → {outcome}");
    println!("{text}");
    wire.recording.remark(&wire.client, text)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = run_out()?;
    lab.save(&trace)
}
