//! A router that hides a private network behind one address.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use networks::nat_router::{House, NatRouter, SERVER};
use networks::translator::Dropped;
use networks::{receive, story, udp};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::time::Duration;
use wirelab::frame::bad_checksums;
use wirelab::{Frame, Options, Trace, DEADLINE};

/// Send datagrams out of a private network, and back in.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// Open a TCP connection instead
    #[arg(long, conflicts_with = "pcapng")]
    tcp: bool,
}

// ANCHOR: lab
/// a and b ask a server from the same port, and it answers both.
fn ask(house: House) -> Result<Trace> {
    let House { a, b, nat, server, mut router, mut recording, .. } =
        house;
    let at_server = udp(&server, 7000)?;
    let mut asked = vec![];

    recording.scene("out");
    for host in [&a, &b] {
        let socket = udp(host, 5000)?;
        let question = format!("I am {}", host.name());
        socket.send_to(question.as_bytes(), SERVER)?;
        pass(&mut router)?;
        let (_, peer) = at_server.recv_from(&mut [0; 64])?;
        recording.remark(&server, format!("recv_from → {peer}"))?;
        asked.push((host, socket, peer));
    }
    for line in router.nat.table() {
        let line = format!("{} is {}", line.inside, line.outside);
        recording.remark(&nat, line)?;
    }

    recording.scene("back");
    for (host, socket, peer) in &asked {
        let answer = format!("hello {}", host.name());
        at_server.send_to(answer.as_bytes(), peer)?;
        pass(&mut router)?;
        let text = receive(socket)?;
        recording.remark(host, format!("recv → {text:?}"))?;
    }

    recording.scene("unsolicited");
    at_server.send_to(b"anybody?", "203.0.113.1:6003")?;
    let verdict = router.pass(DEADLINE)?.context("nothing came")?;
    let why = verdict.err().context("passed on")?;
    recording.wait("it at the router", |trace| {
        let scene = trace.scene("unsolicited");
        let frames = scene.unwrap_or_default().summaries();
        frames.iter().any(|frame| !frame.lost)
    })?;
    recording.remark(&nat, format!("dropped: {why}"))?;
    recording.so_far()
}

/// Has the router pass on what comes next.
fn pass(router: &mut NatRouter) -> Result<()> {
    match router.pass(DEADLINE)?.context("nothing came")? {
        Ok(()) => Ok(()),
        Err(why) => bail!("dropped: {why}"),
    }
}
// ANCHOR_END: lab

// ANCHOR: tcp
/// A connection through the router. Both its ends are the kernel's.
fn connect(house: House) -> Result<()> {
    let House { a, server, mut router, .. } = house;
    // What it can't deliver doesn't stop the router.
    udp(&a, 5000)?.send_to(b"?", "198.51.100.7:7000")?;
    let verdict = router.pass(DEADLINE)?;
    ensure!(verdict == Some(Err(Dropped::Unreachable)));

    let listener = server.run(|| TcpListener::bind(SERVER))?;
    let serving = server.spawn(move || -> Result<()> {
        let (mut stream, peer) = listener.accept()?;
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.read_to_string(&mut String::new())?;
        Ok(write!(stream, "you are {peer}")?)
    })?;
    let client = a.spawn(|| -> Result<()> {
        let server: SocketAddr = SERVER.parse()?;
        let mut stream = TcpStream::connect_timeout(&server, DEADLINE)?;
        stream.set_read_timeout(Some(DEADLINE))?;
        println!("I am {}", stream.local_addr()?);
        stream.shutdown(Shutdown::Write)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        println!("{answer}");
        Ok(())
    })?;
    while !client.is_finished() {
        router.pass(Duration::from_millis(20))?;
    }
    client.join().expect("no panic")?;
    serving.join().expect("no panic")
}
// ANCHOR_END: tcp

/// Whether no private address has come out, and every checksum is right.
fn check(trace: &Trace) -> Result<()> {
    for (_, sent) in trace.sent() {
        let wrong = bad_checksums(&sent.bytes);
        ensure!(wrong.is_empty(), "{}", wrong.join(", "));
        let packet = Frame::new(&sent.bytes).ipv4();
        let source = packet.context("not IPv4")?.source;
        let outside =
            trace.hosts[sent.host].name == "nat" && sent.interface == 1;
        ensure!(!outside || !source.is_private(), "{source}");
    }
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab, tcp } = Cli::parse();
    let house = House::new()?;
    if tcp {
        return connect(house);
    }
    let trace = ask(house)?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
