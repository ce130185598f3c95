//! Three numbers that mean nothing to the host that gets them.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use layers::traffic::{raw, Pair};
use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, UdpSocket};
use wirelab::frame::EXPERIMENTAL;
use wirelab::{Options, Port, Trace, DEADLINE};

/// Send a frame, a packet and a datagram that nobody is waiting for.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// An EtherType, a protocol and a port that b doesn't know.
fn send_all_three() -> Result<Trace> {
    let mut pair = Pair::new()?;
    pair.a.learn(&pair.b)?;
    pair.b.learn(&pair.a)?;
    let [a, b] = [&pair.a, &pair.b].map(|host| host.interfaces());
    let (from, to) = (a[0].mac.0, b[0].mac.0);
    let kind = EXPERIMENTAL.to_be_bytes();
    let frame = [&to[..], &from, &kind, b"hello"].concat();
    Port::on(&pair.a, "eth0")?.send(&frame)?;
    pair.await_more(1)?;

    let socket = raw(&pair.a, 253.into())?;
    let to = SocketAddr::from(([172, 16, 10, 2], 0));
    socket.connect(&to.into())?;
    // Of less than eight bytes Linux believes no report.
    socket.send(b"anybody?")?;
    let answer = (&socket).read(&mut [0; 64]);
    let error = answer.err().context("protocol 253 has answered")?;
    ensure!(error.kind() != ErrorKind::WouldBlock, "no report");
    let text = format!("protocol 253: {error}");
    pair.recording.remark(&pair.a, text)?;
    pair.await_more(2)?;

    let socket = pair.a.run(|| UdpSocket::bind("0.0.0.0:5000"))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    socket.connect("172.16.10.2:9")?;
    socket.send(b"hello")?;
    let answer = socket.recv(&mut [0; 64]);
    let error = answer.err().context("port 9 has answered")?;
    ensure!(error.kind() == ErrorKind::ConnectionRefused, "{error}");
    let text = format!("port 9: {error}");
    pair.recording.remark(&pair.a, text)?;
    // An answer to the first frame would have come by now.
    pair.await_more(2)?;
    pair.recording.so_far()
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = send_all_three()?;
    let answers = trace.sent().filter(|(_, sent)| sent.host == 1);
    ensure!(answers.count() == 2, "{}", trace.table());
    println!("EtherType 0x{EXPERIMENTAL:04x}: no answer");
    for text in trace.remarks("a") {
        println!("{text}");
    }
    lab.save(&trace)
}
