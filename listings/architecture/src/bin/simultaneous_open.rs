//! The wire may differ: figure 7 of RFC 9293 §3.5 ends with the SYN ACKs, and
//! Linux answers them with an ACK. In older kernels only that opens the
//! connection.
//!
//! Two programs that both call, and none that waits.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpStream};
use tcp::wait_until;
use wirelab::{
    Captured, Connection, Frame, Gate, Host, Options, Recording, Tap,
    TcpState, Trace, Way, DEADLINE,
};

/// Let two hosts call each other at the same time, and then one call itself.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const A: &str = "172.16.10.1:7000";
const B: &str = "172.16.10.2:7000";

// ANCHOR: call
/// Calls from one address to another. There is no listener in this program.
fn call(from: SocketAddrV4, to: SocketAddrV4) -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.bind(&SocketAddr::V4(from).into())?;
    socket.connect_timeout(&SocketAddr::V4(to).into(), DEADLINE)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    socket.set_tcp_nodelay(true)?;
    Ok(socket.into())
}
// ANCHOR_END: call

// ANCHOR: lab
/// a calls b while b calls a: each SYN leaves before the other one comes.
fn both_call() -> Result<Trace> {
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let (at_a, at_b) = ((&a, "172.16.10.1/24"), (&b, "172.16.10.2/24"));
    let mut cable = Gate::between(at_a, at_b)?;
    let mut recording = Recording::of(&[&a, &b])?;
    let (address_a, address_b) = (A.parse()?, B.parse()?);
    let from_a = Connection { local: address_a, remote: address_b };
    let from_b = from_a.reversed();

    recording.remark(&a, "connect")?;
    let a_calls = a.spawn(move || call(address_a, address_b))?;
    cable.wait("a's SYN")?;
    recording.state(&a, from_a, TcpState::SynSent)?;
    recording.remark(&b, "connect")?;
    let b_calls = b.spawn(move || call(address_b, address_a))?;
    wait_until("b's SYN", || Ok(cable.waiting()? == 2))?;
    recording.state(&b, from_b, TcpState::SynSent)?;

    cable.pass("a's SYN")?;
    recording.state(&b, from_b, TcpState::SynReceived)?;
    cable.pass("b's SYN")?;
    recording.state(&a, from_a, TcpState::SynReceived)?;
    cable.pass("b's SYN ACK")?;
    cable.pass("a's SYN ACK")?;
    wait_until("both ends to be established", || {
        let states = [a.state(from_a)?, b.state(from_b)?];
        let open = states == [TcpState::Established; 2];
        if !open && cable.waiting()? > 0 {
            cable.pass("an older kernel's ACK")?;
        }
        Ok(open)
    })?;
    recording.state(&a, from_a, TcpState::Established)?;
    recording.state(&b, from_b, TcpState::Established)?;
    while cable.waiting()? > 0 {
        cable.pass("an ACK")?;
    }
    let mut a_end = a_calls.join().expect("no panic").context("a")?;
    let mut b_end = b_calls.join().expect("no panic").context("b")?;
    recording.remark(&a, "connect → Ok")?;
    recording.remark(&b, "connect → Ok")?;

    recording.remark(&a, "write \"hello\"")?;
    a_end.write_all(b"hello")?;
    cable.pass("the text")?;
    cable.pass("its ACK")?;
    let mut text = [0; 5];
    b_end.read_exact(&mut text)?;
    let text = String::from_utf8_lossy(&text);
    recording.remark(&b, format!("read {text:?}"))?;
    recording.so_far()
}
// ANCHOR_END: lab

// ANCHOR: alone
/// A host calls itself. What its loopback interface sends.
fn calls_itself() -> Result<Vec<String>> {
    let host = Host::new("alone")?;
    let mut tap = Tap::on(&host, "lo")?;
    let own: SocketAddrV4 = "127.0.0.1:7000".parse()?;
    let mut end = host.run(|| call(own, own))?;
    end.write_all(b"hello")?;
    let is_text = |frame: &Captured| {
        Frame::new(&frame.bytes)
            .payload()
            .is_some_and(|p| p == b"hello")
    };
    // What was sent before the text has passed when the text has.
    tap.wait("the text", |frames| frames.iter().any(is_text))?;
    let sent = tap.seen()?.iter().filter(|f| f.way == Way::Out);
    sent.map(|frame| flags(&frame.bytes)).collect()
}
// ANCHOR_END: alone

fn flags(bytes: &[u8]) -> Result<String> {
    let segment = Frame::new(bytes).tcp();
    Ok(segment.context("not a TCP segment")?.flags.to_string())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let trace = both_call()?;
    let two = trace.sent().map(|(_, sent)| flags(&sent.bytes));
    let two = two.collect::<Result<Vec<_>>>()?;
    let one = calls_itself()?;
    for (who, segments) in [("two hosts", &two), ("one host", &one)] {
        let opening = segments.iter().filter(|s| s.contains("SYN"));
        let opening: Vec<_> = opening.map(|s| &**s).collect();
        println!("{who:<9}  {}", opening.join(", "));
        let (syns, answers) = opening.split_at(opening.len() / 2);
        ensure!(syns.iter().all(|flags| *flags == "SYN"));
        ensure!(answers.iter().all(|flags| *flags == "SYN ACK"));
    }
    lab.save(&trace)
}
