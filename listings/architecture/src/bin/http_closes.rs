//! Who closes a connection, and when: under HTTP/1.0, and under HTTP/1.1.

use anyhow::{ensure, Result};
use architecture::connection::Server;
use architecture::http::Request;
use architecture::response::Response;
use clap::Parser;
use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::{Duration, UNIX_EPOCH};
use tcp::wire::{End, Wire};
use wirelab::{Options, TcpState};

/// Ask a server between two hosts under HTTP/1.0, then under HTTP/1.1, and
/// see who closes first.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const REQUEST_1_0: &str = "GET / HTTP/1.0\r\n\r\n";
const REQUEST_1_1: &str = "GET / HTTP/1.1\r\nHost: server\r\n\r\n";

/// A request goes to the server, and its response to the client. Whether
/// the server keeps the connection open.
fn exchange(
    wire: &mut Wire,
    (client, server): (&mut End, &mut End),
    request: &str,
) -> Result<bool> {
    let first_line = request.lines().next().unwrap_or_default();
    wire.says(&client.at, format!("write {first_line:?} …"))?;
    client.stream.write_all(request.as_bytes())?;
    wire.cable.pass("the request")?;
    wire.cable.pass("its ACK")?;

    let answer = |_: &Request| Response::text(200, "hello");
    let patience = Duration::from_secs(10);
    // A clock that has stopped: two recordings are to be the same.
    let clock = || UNIX_EPOCH + Duration::from_secs(784_111_777);
    let program = Server { answer, patience, clock };
    wire.says(&server.at, "write \"HTTP/1.1 200 OK\" …")?;
    let stream = server.stream.try_clone()?;
    let persists = program.exchange(&mut program.connection(stream))?;
    wire.cable.pass("the response")?;
    wire.cable.pass("its ACK")?;
    let mut reply = [0; 1000];
    let n = client.stream.read(&mut reply)?;
    ensure!(reply[..n].starts_with(b"HTTP/1.1 200 OK\r\n"));
    Ok(persists)
}

// ANCHOR: scenes
/// HTTP/1.0: as soon as the server has answered, it closes.
fn old(wire: &mut Wire) -> Result<()> {
    wire.scene("HTTP-1.0")?;
    let (mut client, mut server) = wire.establish()?;
    let ends = (&mut client, &mut server);
    ensure!(!exchange(wire, ends, REQUEST_1_0)?, "it stays open");
    close(wire, server, client)
}

/// HTTP/1.1: the connection is there for another request, until one of the
/// two has enough of it. Here it is the client.
fn new(wire: &mut Wire) -> Result<()> {
    wire.scene("HTTP-1.1")?;
    let (mut client, mut server) = wire.establish()?;
    for _ in 0..2 {
        let ends = (&mut client, &mut server);
        ensure!(exchange(wire, ends, REQUEST_1_1)?, "it closes");
    }
    wire.is(&client.at, TcpState::Established)?;
    wire.is(&server.at, TcpState::Established)?;
    close(wire, client, server)
}
// ANCHOR_END: scenes

/// One end closes, and then the other one.
fn close(wire: &mut Wire, first: End, mut second: End) -> Result<()> {
    wire.says(&first.at, "shutdown(Write)")?;
    first.stream.shutdown(Shutdown::Write)?;
    wire.cable.wait("the first FIN")?;
    wire.is(&first.at, TcpState::FinWait1)?;
    wire.cable.pass("the first FIN")?;
    wire.is(&second.at, TcpState::CloseWait)?;
    wire.cable.pass("its ACK")?;
    wire.is(&first.at, TcpState::FinWait2)?;

    ensure!(second.stream.read(&mut [0])? == 0, "no end of file");
    wire.says(&second.at, "read → 0, end of file")?;
    wire.says(&second.at, "drop")?;
    drop(second.stream);
    wire.cable.wait("the second FIN")?;
    wire.is(&second.at, TcpState::LastAck)?;
    wire.cable.pass("the second FIN")?;
    wire.is(&first.at, TcpState::TimeWait)?;
    wire.cable.pass("the last ACK")?;
    wire.is(&second.at, TcpState::Closed)
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    old(&mut wire)?;
    println!("HTTP/1.0  one request, and the server closed first");
    new(&mut wire)?;
    println!("HTTP/1.1  two requests, and the client closed first");
    lab.save(&wire.trace()?)
}
