//! One request of HTTP, taken out of the frame that carries it.
//!
//! The wire may differ: the frame in the datagram has sequence numbers and
//! timestamps, which are new in each run, and there they are payload.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use layers::peel::{peel, Layer};
use layers::DEADLINE;
use socket2::{Domain, Socket, Type};
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use wirelab::{Gate, Host, Options, Recording, Trace};

/// Record a request and take its frame apart, or do so with frames of yours.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// Frames in hexadecimal: 'ffffffffffff 020000000001 0806 …'
    frames: Vec<String>,
}

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

// ANCHOR: lab
/// A request and what acknowledges it; and the request's whole frame once
/// more, in a datagram.
fn record() -> Result<([Vec<u8>; 3], Trace)> {
    wirelab::enter()?;
    let (client, server) = (Host::new("client")?, Host::new("server")?);
    let ends =
        ((&client, "172.16.10.1/24"), (&server, "172.16.10.2/24"));
    let mut cable = Gate::between(ends.0, ends.1)?;
    let (mut stream, mut accepted) =
        connect(&client, &server, &mut cable)?;
    let mut recording = Recording::of(&[&client, &server])?;

    recording.scene("request");
    recording.remark(&client, "write: 18 bytes")?;
    stream.write_all(REQUEST)?;
    let request = cable.pass("the request")?;
    let ack = cable.pass("its acknowledgement")?;
    let mut buffer = [0; 64];
    let n = accepted.read(&mut buffer)?;
    recording.remark(&server, format!("read: {n} bytes"))?;

    recording.scene("tunnel");
    let from = client.run(|| UdpSocket::bind("172.16.10.1:5000"))?;
    let to = server.run(|| UdpSocket::bind("172.16.10.2:4789"))?;
    to.set_read_timeout(Some(DEADLINE))?;
    let vxlan = [8, 0, 0, 0, 0, 0, 42, 0]; // network 42
    from.send_to(&[&vxlan, &request[..]].concat(), to.local_addr()?)?;
    let tunnel = cable.pass("the datagram")?;
    let mut buffer = [0; 200];
    let n = to.recv(&mut buffer)?;
    recording.remark(&server, format!("recv: {n} bytes"))?;
    ensure!(buffer[8..n] == request, "it isn't the request's frame");
    Ok(([request, ack, tunnel], recording.so_far()?))
}
// ANCHOR_END: lab

/// A connection from port 5000 of the client to port 80 of the server.
fn connect(
    client: &Host,
    server: &Host,
    cable: &mut Gate,
) -> Result<(TcpStream, TcpStream)> {
    let address: SocketAddr = "172.16.10.2:80".parse()?;
    let listener = server.run(|| TcpListener::bind(address))?;
    let connecting = client.spawn(move || -> Result<TcpStream> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        let own: SocketAddr = "172.16.10.1:5000".parse()?;
        socket.bind(&own.into())?;
        socket.connect(&address.into())?;
        Ok(socket.into())
    })?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        cable.pass(segment)?;
    }
    let (accepted, _) = listener.accept().context("accept")?;
    accepted.set_read_timeout(Some(DEADLINE))?;
    let stream = connecting.join().expect("connect never panics")?;
    Ok((stream, accepted))
}

// ANCHOR: print
pub fn print(what: &str, frame: &[u8]) -> Result<()> {
    println!("{what}: {} bytes", frame.len());
    for (depth, layer) in peel(frame)?.into_iter().enumerate() {
        let Layer { name, at, says } = layer;
        let name = format!("{:depth$}{name}", "");
        let line =
            format!("{:>5}..{:<4} {name:<14} {says}", at.start, at.end);
        println!("{}", line.trim_end());
    }
    Ok(())
}
// ANCHOR_END: print

/// `0a ff` as bytes.
pub fn bytes(hex: &str) -> Result<Vec<u8>> {
    let hex: String = hex.split_whitespace().collect();
    ensure!(
        hex.is_ascii() && hex.len().is_multiple_of(2),
        "half a byte"
    );
    let pairs = (0..hex.len()).step_by(2);
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16);
    pairs.map(byte).collect::<Result<_, _>>().context("not hexadecimal")
}

fn main() -> Result<()> {
    let Cli { lab, frames } = Cli::parse();
    for hex in &frames {
        print("a frame", &bytes(hex)?)?;
    }
    if !frames.is_empty() {
        return Ok(());
    }
    let ([request, ack, tunnel], trace) = record()?;
    print("the request", &request)?;
    print("its acknowledgement", &ack)?;
    print("the request's frame in a datagram", &tunnel)?;
    lab.save(&trace)
}
