//! The end that closes first keeps the port for a while.

use anyhow::{ensure, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{self, ErrorKind, Read};
use std::net::SocketAddr;
use tcp::wire::{Wire, SERVER};
use wirelab::{Options, TcpState, Trace};

/// Let a server close first, and look what has become of its port.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// A server closes, and is started again: without SO_REUSEADDR, and with it.
fn restart() -> Result<Trace> {
    let mut wire = Wire::new()?;
    let (mut client, server) = wire.establish()?;
    wire.says(&server.at, "drop")?;
    drop(server.stream);
    wire.cable.wait("the server's FIN")?;
    wire.is(&server.at, TcpState::FinWait1)?;
    wire.cable.pass("the server's FIN")?;
    wire.is(&client.at, TcpState::CloseWait)?;
    wire.cable.pass("its ACK")?;
    wire.is(&server.at, TcpState::FinWait2)?;

    ensure!(client.stream.read(&mut [0])? == 0, "no end of file");
    wire.says(&client.at, "read → 0, end of file")?;
    wire.says(&client.at, "drop")?;
    drop(client.stream);
    wire.cable.wait("the client's FIN")?;
    wire.is(&client.at, TcpState::LastAck)?;
    wire.cable.pass("the client's FIN")?;
    wire.is(&server.at, TcpState::TimeWait)?;
    wire.cable.pass("the last ACK")?;
    wire.is(&client.at, TcpState::Closed)?;

    let without = wire.server.run(|| listen(false));
    let error = without.err().map(|error| error.kind());
    ensure!(error == Some(ErrorKind::AddrInUse), "bind: {error:?}");
    wire.says(&server.at, "bind → Address already in use")?;
    let with = wire.server.run(|| listen(true))?;
    wire.says(&server.at, "bind with SO_REUSEADDR → Ok")?;
    wire.is(&server.at, TcpState::TimeWait)?;
    drop(with);
    wire.trace()
}

/// A listener at the server's address.
fn listen(reuse: bool) -> io::Result<Socket> {
    let address: SocketAddr =
        SERVER.parse().map_err(io::Error::other)?;
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_address(reuse)?;
    socket.bind(&address.into())?;
    socket.listen(1)?;
    Ok(socket)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = restart()?;
    println!("the server closed first: its port is in TIME-WAIT");
    println!("bind:                    Address already in use");
    println!("bind with SO_REUSEADDR:  Ok");
    lab.save(&trace)
}
