//! A network on the way that carries less than the first one.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{settled, story, udp};
use std::io::Error;
use std::net::UdpSocket;
use wirelab::{path_mtu, Fragments, Frame, Host, Lan, Options};
use wirelab::{Recording, Router, Trace};

/// Send 1472 bytes through a router into a network for 1000: the router may
/// cut them, and it may not.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a's network carries 1500 bytes, d's carries 1000.
fn cross() -> Result<Trace> {
    wirelab::enter()?;
    let (left, right) = (Lan::new("left")?, Lan::new("right")?);
    let (a, d) = (Host::new("a")?, Host::new("d")?);
    let router = Router::new("router")?;
    left.plug(&a, "172.16.10.1/24")?;
    left.plug(&router, "172.16.10.254/24")?;
    right.plug(&router, "172.16.20.254/24")?;
    right.plug(&d, "172.16.20.2/24")?;
    router.set_mtu("eth1", 1000)?;
    a.route_through("172.16.10.254".parse()?)?;
    let mut recording = Recording::of(&[&a, &router, &d])?;
    let (from_a, at_d) = (udp(&a, 5000)?, udp(&d, 7000)?);
    from_a.connect("172.16.20.2:7000")?;
    // Once they know each other, no ARP is on the wire.
    from_a.send(b"hello")?;
    received(&at_d)?;
    recording.forget();

    recording.scene("allowed");
    Fragments::Allowed.set(&from_a)?;
    recording.remark(&a, "send: 1472 bytes")?;
    from_a.send(&[0; 1472])?;
    recording.remark(&d, received(&at_d)?)?;

    recording.scene("forbidden");
    Fragments::Forbidden.set(&from_a)?;
    recording.remark(&a, format!("IP_MTU {}", path_mtu(&from_a)?))?;
    recording.remark(&a, "send: 1472 bytes")?;
    from_a.send(&[0; 1472])?;
    let told = from_a.recv(&mut [0]).err().context("no error")?;
    recording.remark(&a, format!("recv → {told}"))?;
    recording.remark(&a, format!("IP_MTU {}", path_mtu(&from_a)?))?;
    let refused = from_a.send(&[0; 1472]).err();
    let refused = refused.context("sent again")?;
    recording.remark(&a, format!("send: 1472 bytes → {refused}"))?;
    ensure!(is_too_long(&told) && is_too_long(&refused));
    recording.remark(&a, "send: 972 bytes")?;
    from_a.send(&[0; 972])?;
    recording.remark(&d, received(&at_d)?)?;
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

/// EMSGSIZE, for which std has no name.
fn is_too_long(error: &Error) -> bool {
    error.to_string().starts_with("Message too long")
}

/// How much the next datagram has.
fn received(socket: &UdpSocket) -> Result<String> {
    let n = socket.recv(&mut [0; 5000]).context("nothing comes")?;
    Ok(format!("recv: {n} bytes"))
}

// ANCHOR: mtu
/// What the router says of the next network: RFC 1191 §4 has given the last
/// two bytes before the quoted packet a meaning.
fn next_hop_mtu(trace: &Trace) -> Option<u16> {
    trace.sent().find_map(|(_, sent)| {
        let icmp = Frame::new(&sent.bytes).icmp()?;
        let [_, _, high, low] = icmp.rest;
        let is = (icmp.kind, icmp.code) == (3, 4);
        is.then(|| u16::from_be_bytes([high, low]))
    })
}
// ANCHOR_END: mtu

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = cross()?;
    print!("{}", story(&trace));
    let mtu = next_hop_mtu(&trace).context("no report")?;
    println!("the report says: {mtu} bytes");
    ensure!(mtu == 1000);
    lab.save(&trace)
}
