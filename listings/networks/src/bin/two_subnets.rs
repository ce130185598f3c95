//! What the mask decides: to whom a host sends by itself, and what it gives
//! to a router.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, settled, story, udp};
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use wirelab::{Frame, Host, Lan, Options, Recording, Router, Trace};

/// Send datagrams into the same subnet and into another one, without a
/// route to it and with one.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a and b are in one subnet, and c is in another one behind a router.
fn send_to_both() -> Result<Trace> {
    wirelab::enter()?;
    let (near, far) = (Lan::new("near")?, Lan::new("far")?);
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    let router = Router::new("router")?;
    near.plug(&a, "172.16.10.1/24")?;
    near.plug(&b, "172.16.10.2/24")?;
    near.plug(&router, "172.16.10.254/24")?;
    far.plug(&router, "172.16.20.254/24")?;
    far.plug(&c, "172.16.20.3/24")?;
    c.route_through("172.16.20.254".parse()?)?;
    let mut recording = Recording::of(&[&a, &b, &router, &c])?;
    let (from_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let at_c = udp(&c, 7000)?;

    recording.scene("same");
    from_a.send_to(b"hello", "172.16.10.2:7000")?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;

    recording.scene("unreachable");
    let refused = from_a.send_to(b"hello", "172.16.20.3:7000");
    let error = refused.err().context("sent without a route")?;
    recording.remark(&a, format!("send_to → {error}"))?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");

    // Had a sent anything, it would be there before this.
    recording.scene("routed");
    a.route_through("172.16.10.254".parse()?)?;
    recording.remark(&a, "default route through 172.16.10.254")?;
    from_a.send_to(b"hello", "172.16.20.3:7000")?;
    let text = receive(&at_c)?;
    recording.remark(&c, format!("recv → {text:?}"))?;
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

/// Whether a asked for whom the mask says, and nothing else was sent.
fn check(trace: &Trace) -> Result<()> {
    let asked: Vec<Ipv4Addr> = trace
        .sent()
        .filter(|(_, sent)| trace.hosts[sent.host].name == "a")
        .filter_map(|(_, sent)| Frame::new(&sent.bytes).arp())
        .map(|arp| arp.target_ip)
        .collect();
    let b = Ipv4Addr::new(172, 16, 10, 2);
    let router = Ipv4Addr::new(172, 16, 10, 254);
    ensure!(asked == [b, router], "a asked for {asked:?}");
    // With b: a question, an answer, a datagram. With c: twice that.
    ensure!(trace.sent().count() == 3 + 6, "{}", trace.table());
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = send_to_both()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
