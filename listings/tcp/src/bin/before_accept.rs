//! What a kernel does for a server that doesn't call `accept`.

use anyhow::{Context, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use tcp::wire::{At, Wire, SERVER};
use tcp::DEADLINE;
use wirelab::Options;
use wirelab::TcpState::{Established, SynSent};

/// Connect to a server that is busy with something else.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: early
/// A connection opens, and carries data, before anybody has accepted it.
fn early(wire: &mut Wire) -> Result<()> {
    wire.scene("early")?;
    let listener = wire.listen()?;
    let (socket, client, server) = wire.socket()?;
    wire.says(&client, "connect")?;
    let calling = wire.connect(socket)?;
    open(wire, &client, &server)?;
    let called = calling.join().expect("connect never panics");
    let mut near = called.context("connect")?;
    wire.says(&client, "connect → Ok")?;
    near.write_all(b"hello")?;
    wire.says(&client, "write → Ok")?;
    wire.cable.pass("the text")?;
    wire.cable.pass("its ACK")?;
    wire.server.wait_unread(server.connection, 5)?;
    println!("no accept yet: ESTABLISHED at both ends, 5 bytes wait");

    let (mut far, _) = listener.accept()?;
    wire.says(&server, "accept → Ok")?;
    far.set_read_timeout(Some(DEADLINE))?;
    let mut text = [0; 5];
    far.read_exact(&mut text)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    println!("accept, read:  {text:?}");
    wire.says(&server, format!("read {text:?}"))?;
    wire.leave(near);
    wire.leave(far);
    Ok(())
}
// ANCHOR_END: early

/// Lets a handshake through, up to the state ESTABLISHED at both ends.
fn open(wire: &mut Wire, client: &At, server: &At) -> Result<()> {
    wire.cable.pass("the SYN")?;
    wire.cable.pass("the SYN ACK")?;
    wire.is(client, Established)?;
    wire.cable.pass("the ACK")?;
    wire.is(server, Established)
}

// ANCHOR: full
/// A listener with room for two connections in its queue: one more than the
/// backlog that it has asked for.
fn short_queue() -> Result<TcpListener> {
    let address: SocketAddr = SERVER.parse()?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(1)?;
    Ok(socket.into())
}

/// Two connections fill the queue. The next SYN finds no place.
fn full(wire: &mut Wire) -> Result<()> {
    wire.scene("full")?;
    let listener = wire.server.run(short_queue)?;
    for _ in 0..2 {
        let (socket, client, server) = wire.socket()?;
        let calling = wire.connect(socket)?;
        open(wire, &client, &server)?;
        let called = calling.join().expect("connect never panics");
        wire.leave(called.context("connect")?);
    }
    wire.recording.forget();

    let (socket, client, server) = wire.socket()?;
    wire.says(&client, "connect, the third")?;
    let calling = wire.connect(socket)?;
    wire.cable.pass("a SYN that finds no place")?;
    wire.is(&client, SynSent)?;
    // Not the server's answer: the same SYN, a second later.
    wire.cable.wait("the SYN, again")?;
    println!("the queue is full: no answer, and the SYN comes again");
    for n in ["first", "second"] {
        let (stream, _) = listener.accept()?;
        wire.says(&server, format!("accept → Ok, the {n}"))?;
        wire.leave(stream);
    }
    open(wire, &client, &server)?;
    println!("accept made room:  the third is ESTABLISHED");
    let called = calling.join().expect("connect never panics");
    wire.leave(called.context("connect")?);
    wire.leave(listener.accept()?.0);
    Ok(())
}
// ANCHOR_END: full

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    early(&mut wire)?;
    full(&mut wire)?;
    lab.save(&wire.trace()?)
}
