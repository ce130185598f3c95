//! Two machines, one cable, and what each needs before it can send.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, story, udp};
use std::net::SocketAddr;
use wirelab::frame::EXPERIMENTAL;
use wirelab::{Cable, Card, Decision, Frame, Host, Options, Port};
use wirelab::{Recording, Trace, NO_ADDRESS};

/// Send with the card off, without an address, with one, and without a
/// cable.
#[derive(Parser)]
struct Cli {
    /// The address of the machine that sends
    #[arg(default_value = "172.16.10.1/24")]
    a: String,
    /// And of the other one
    #[arg(default_value = "172.16.10.2/24")]
    b: String,
    #[command(flatten)]
    lab: Options,
}

/// Two machines, and nothing but a cable between them.
struct Machines {
    a: Host,
    b: Host,
    cable: Cable,
    recording: Recording,
}

/// A card that is on, with a cable in it, and without.
const ALIVE: Card = Card { on: true, operational: true };
const DEAD: Card = Card { on: true, operational: false };

impl Machines {
    fn new() -> Result<Machines> {
        wirelab::enter()?;
        let (a, b) = (Host::new("a")?, Host::new("b")?);
        let near = (&a, NO_ADDRESS);
        let far = (&b, NO_ADDRESS);
        let cable = Cable::between(near, far, |_| Decision::Pass)?;
        let recording = Recording::of(&[&a, &b])?;
        Ok(Machines { a, b, cable, recording })
    }
}

// ANCHOR: frame
/// A frame needs a card that is on. It needs no IP address.
fn frame(machines: &mut Machines) -> Result<()> {
    let Machines { a, b, recording, .. } = machines;
    recording.scene("frame");
    let ours = Port::on(a, "eth0")?;
    let theirs = Port::on(b, "eth0")?;
    let hello = in_a_frame(a, b, b"hello");

    a.switch_off("eth0")?;
    recording.remark(a, "eth0 off")?;
    let error = ours.send(&hello).err().context("it is sent")?;
    recording.remark(a, format!("send → {error}"))?;

    a.switch_on("eth0")?;
    a.wait_card("eth0", ALIVE)?;
    recording.remark(a, "eth0 on")?;
    ours.send(&hello)?;
    ensure!(theirs.wait("a's frame")? == hello);
    recording.remark(b, "received the same bytes")?;

    let sent = udp(a, 0)?.send_to(b"hello", "172.16.10.2:7000");
    let error = sent.err().context("IP sends without address")?;
    recording.remark(a, format!("send_to → {error}"))
}
// ANCHOR_END: frame

// ANCHOR: packet
/// A packet needs an IP address at either end.
fn packet(
    machines: &mut Machines,
    ours: &str,
    theirs: &str,
) -> Result<()> {
    let Machines { a, b, recording, .. } = machines;
    recording.scene("packet");
    for (host, address) in [(&*a, ours), (b, theirs)] {
        host.add_address("eth0", address)?;
        recording.remark(host, format!("eth0 has {address}"))?;
    }
    // Whose MAC address that is they needn't ask. If they share no subnet,
    // there is nobody to learn of, and what is sent says so.
    if a.learn(b).is_ok() {
        b.learn(a)?;
    }
    say(machines, "hello")
}

/// Sends a datagram from a to b, and waits until it is there.
fn say(machines: &mut Machines, text: &str) -> Result<()> {
    let Machines { a, b, recording, .. } = machines;
    let (ours, theirs) = (udp(a, 5000)?, udp(b, 7000)?);
    let to = address(b)?;
    ours.send_to(text.as_bytes(), to)
        .with_context(|| format!("can't send to {to}"))?;
    let got = receive(&theirs)?;
    ensure!(got == text, "b got {got:?}");
    recording.remark(b, format!("recv → {got:?}"))
}
// ANCHOR_END: packet

// ANCHOR: unplugged
/// Without a cable, everything is sent and nothing arrives.
fn unplugged(machines: &mut Machines) -> Result<()> {
    let Machines { a, b, cable, recording } = machines;
    recording.scene("unplugged");
    cable.unplug()?;
    a.wait_card("eth0", DEAD)?;
    recording.remark(a, "eth0 on, and no cable")?;
    let sent = udp(a, 0)?.send_to(b"one", address(b)?)?;
    recording.remark(a, format!("send_to → Ok({sent})"))?;
    Port::on(a, "eth0")?.send(&in_a_frame(a, b, b"two"))?;
    recording.remark(a, "send → Ok")?;

    cable.plug_in()?;
    a.wait_card("eth0", ALIVE)?;
    b.wait_card("eth0", ALIVE)?;
    recording.remark(a, "eth0 on, and a cable")?;
    say(machines, "three")
}
// ANCHOR_END: unplugged

// ANCHOR: bytes
/// Destination, source, EtherType, and what there is to say.
fn in_a_frame(from: &Host, to: &Host, text: &[u8]) -> Vec<u8> {
    let [from, to] = [from, to].map(|host| host.interfaces()[0].mac);
    let kind = EXPERIMENTAL.to_be_bytes();
    [&to.0[..], &from.0, &kind, text].concat()
}
// ANCHOR_END: bytes

/// Where a host listens.
fn address(host: &Host) -> Result<SocketAddr> {
    let card = host.interfaces().remove(0);
    let ip = card.addresses.first().and_then(|a| a.split('/').next());
    Ok(SocketAddr::new(ip.context("no address")?.parse()?, 7000))
}

/// Whether what had to arrive did, and nothing else was on the wire.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let said: Vec<_> = frames.filter_map(|f| f.payload()).collect();
    let wanted: [&[u8]; 3] = [b"hello", b"hello", b"three"];
    ensure!(said == wanted, "{}", trace.table());
    Ok(())
}

fn main() -> Result<()> {
    let Cli { a: ours, b: theirs, lab } = Cli::parse();
    let mut machines = Machines::new()?;
    frame(&mut machines)?;
    packet(&mut machines, &ours, &theirs)?;
    unplugged(&mut machines)?;
    let trace = machines.recording.so_far()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
