//! The wire may differ: once it has refused an answer, Linux may repeat its
//! SYN after a few milliseconds (`net/ipv4/tcp_input.c`), and that is sooner
//! or later than the rest.
//!
//! A SYN that comes too late, and what the handshake makes of it: figure 8
//! of RFC 9293 §3.5.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::net::SocketAddr;
use tcp::wait_until;
use tcp::wire::{At, Wire, SERVER};
use wirelab::frame::Tcp;
use wirelab::TcpState::*;
use wirelab::{Connection, Frame, Gate, Options, Trace};

/// Call, give up, and call again from the same port, while the first SYN is
/// still on its way.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const CLIENT: &str = "172.16.10.1:9000";

// ANCHOR: call
/// Begins to connect, and doesn't wait for what comes of it.
fn call(wire: &Wire) -> Result<Socket> {
    let (from, to): (SocketAddr, SocketAddr) =
        (CLIENT.parse()?, SERVER.parse()?);
    let socket = wire
        .client
        .run(|| Socket::new(Domain::IPV4, Type::STREAM, None))?;
    socket.bind(&from.into()).context("bind")?;
    socket.set_nonblocking(true)?;
    ensure!(socket.connect(&to.into()).is_err(), "already connected?");
    Ok(socket)
}
// ANCHOR_END: call

/// Has the segment that `is` says yes to overtake all others in the cable.
fn next(
    cable: &mut Gate,
    what: &str,
    is: impl Fn(&Tcp) -> bool,
) -> Result<u32> {
    let mut number = 0;
    wait_until(what, || {
        for _ in 0..cable.waiting()? {
            let segment = Frame::new(cable.wait(what)?).tcp();
            let segment = segment.context("not a TCP segment")?;
            number = segment.sequence;
            if is(&segment) {
                return Ok(true);
            }
            cable.hold(what)?;
        }
        Ok(false)
    })?;
    cable.pass(what)?;
    Ok(number)
}

// ANCHOR: lab
fn too_late() -> Result<Trace> {
    let mut wire = Wire::new()?;
    let listener = wire.listen()?;
    let connection =
        Connection { local: CLIENT.parse()?, remote: SERVER.parse()? };
    let client = At { host: wire.client.clone(), connection };
    let connection = connection.reversed();
    let server = At { host: wire.server.clone(), connection };

    wire.says(&client, "connect")?;
    let given_up = call(&wire)?;
    wire.cable.wait("the old SYN")?;
    wire.is(&client, SynSent)?;
    wire.says(&client, "drop")?;
    drop(given_up);
    wire.is(&client, Closed)?;
    wire.says(&client, "connect")?;
    let socket = call(&wire)?;
    wait_until("the new SYN", || Ok(wire.cable.waiting()? == 2))?;
    wire.is(&client, SynSent)?;

    // The old one arrives first, and doesn't look old.
    let old = next(&mut wire.cable, "the old SYN", |s| s.flags.syn)?;
    println!("old SYN  seq {old} = x");
    wire.is(&server, SynReceived)?;
    let old1 = old.wrapping_add(1);
    let is = |s: &Tcp| s.flags.ack && s.acknowledgment == old1;
    next(&mut wire.cable, "its answer", is)?;
    println!("SYN ACK  ack {old1} = x + 1");
    wire.is(&client, SynSent)?;
    let is = |s: &Tcp| s.flags.rst;
    let number = next(&mut wire.cable, "the reset", is)?;
    ensure!(number == old1, "the server wouldn't believe it");
    println!("RST      seq {number} = x + 1");
    wire.is(&server, Closed)?;

    let new = next(&mut wire.cable, "the new SYN", |s| s.flags.syn)?;
    ensure!(new != old, "both calls have one number");
    println!("new SYN  seq {new} = y");
    wire.is(&server, SynReceived)?;
    let new1 = new.wrapping_add(1);
    let is = |s: &Tcp| s.flags.ack && s.acknowledgment == new1;
    next(&mut wire.cable, "its answer", is)?;
    println!("SYN ACK  ack {new1} = y + 1");
    wire.is(&client, Established)?;
    let is = |s: &Tcp| s.flags.ack && !s.flags.syn;
    let number = next(&mut wire.cable, "the ACK", is)?;
    ensure!(number == new1, "seq {number}, not y + 1");
    println!("ACK      seq {number} = y + 1");
    wire.is(&server, Established)?;
    let (accepted, _) = listener.accept().context("accept")?;
    wire.says(&server, "accept → Ok")?;
    let trace = wire.trace()?;
    drop((socket, accepted));
    Ok(trace)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = too_late()?;
    lab.save(&trace)
}
