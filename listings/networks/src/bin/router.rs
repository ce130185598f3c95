//! What a router changes in the packets that it passes on.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, report_errors, settled, story, udp};
use std::io::ErrorKind;
use wirelab::{Frame, Host, Lan, Options, Recording, Router, Trace};

/// Send a datagram into another network, and one more that may not be
/// passed on.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a and d are in two networks, and between them is a router.
fn cross() -> Result<Trace> {
    wirelab::enter()?;
    let (left, right) = (Lan::new("left")?, Lan::new("right")?);
    let (a, d) = (Host::new("a")?, Host::new("d")?);
    let router = Router::new("router")?;
    left.plug(&a, "172.16.10.1/24")?;
    left.plug(&router, "172.16.10.254/24")?;
    right.plug(&router, "172.16.20.254/24")?;
    right.plug(&d, "172.16.20.2/24")?;
    a.route_through("172.16.10.254".parse()?)?;
    d.route_through("172.16.20.254".parse()?)?;
    let mut recording = Recording::of(&[&a, &router, &d])?;

    let (sender, receiver) = (udp(&a, 5000)?, udp(&d, 7000)?);
    report_errors(&sender)?;
    sender.connect("172.16.20.2:7000")?;
    recording.scene("forwarded");
    sender.send(b"hello")?;
    let text = receive(&receiver)?;
    recording.remark(&d, format!("recv → {text:?}"))?;

    recording.scene("expired");
    sender.set_ttl(1)?;
    recording.remark(&a, "set_ttl(1)")?;
    sender.send(b"hello")?;
    let error = receive(&sender).err().context("no error")?;
    recording.remark(&a, format!("recv → {error}"))?;
    ensure!(error.kind() == ErrorKind::HostUnreachable, "{error}");
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

// ANCHOR: headers
/// What differs in the datagram's headers before the router and behind it.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let datagrams: Vec<_> =
        frames.filter(|frame| frame.udp().is_some()).collect();
    let [before, behind, expired] = &datagrams[..] else {
        anyhow::bail!("not three datagrams:\n{}", trace.table());
    };
    for (place, frame) in [("before", before), ("behind", behind)] {
        let ip = frame.ipv4().context("not IPv4")?;
        let (from, to) = (frame.source(), frame.destination());
        println!(
            "{place} the router  {} → {}  {} → {}  TTL {}",
            from.context("no source")?,
            to.context("no destination")?,
            ip.source,
            ip.destination,
            ip.ttl
        );
    }
    ensure!(before.source() != behind.source());
    ensure!(before.destination() != behind.destination());
    ensure!(before.addresses() == behind.addresses());
    let ttl = |frame: &Frame| frame.ipv4().map(|ip| ip.ttl);
    ensure!((ttl(before), ttl(behind)) == (Some(64), Some(63)));
    ensure!(ttl(expired) == Some(1));
    Ok(())
}
// ANCHOR_END: headers

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = cross()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
