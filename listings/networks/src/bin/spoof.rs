//! A host that says of another one's address that it is its own.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::{arp, receive, settled, story, udp};
use std::net::{Ipv4Addr, UdpSocket};
use wirelab::{
    wait_until, Host, Lan, Options, Port, Recording, Router, Trace,
    DEADLINE,
};

/// Lie to a host about a MAC address: before it knows the address, when it
/// knows it, and when somebody has written it down for good.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const B: Ipv4Addr = Ipv4Addr::new(172, 16, 10, 2);

// ANCHOR: lab
/// a talks to b, and m wants to listen. m passes on what isn't for it.
fn lie() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let m = Router::new("m")?;
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&m, "172.16.10.66/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    m.learn(&b)?;
    let mut recording = Recording::of(&[&a, &m, &b])?;
    let (sender, receiver) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let (card, mac) = (Port::on(&m, "eth0")?, m.interfaces()[0].mac);
    let lie = arp::announcement(B, mac);

    recording.scene("unknown");
    tell(&lie, &card, &mut recording)?;
    recording.remark(&a, arp::table(&a)?)?;

    recording.scene("known");
    say("hello", &sender, &receiver)?;
    recording.remark(&a, arp::table(&a)?)?;
    tell(&lie, &card, &mut recording)?;
    wait_until("a to believe it", DEADLINE, || {
        let known = a.neighbours()?;
        Ok(known.iter().any(|n| n.ip == B && n.mac == Some(mac)))
    })?;
    recording.remark(&a, arp::table(&a)?)?;
    say("secret", &sender, &receiver)?;
    recording.remark(&b, "recv → \"secret\"")?;

    recording.scene("permanent");
    a.learn(&b)?;
    tell(&lie, &card, &mut recording)?;
    recording.remark(&a, arp::table(&a)?)?;
    say("secret", &sender, &receiver)?;
    settled(&mut recording, &a, &["172.16.10.255"])
}
// ANCHOR_END: lab

/// Sends a lie, and waits until it has come.
fn tell(
    lie: &[u8],
    card: &Port,
    recording: &mut Recording,
) -> Result<()> {
    let before = heard(&recording.so_far()?);
    card.send(lie)?;
    recording.wait("the lie", |trace| heard(trace) > before)
}

/// How many announcements have come to both others.
fn heard(trace: &Trace) -> usize {
    let frames = trace.summaries();
    let lies = frames.iter().filter(|frame| {
        frame.headline == "ARP announcement" && frame.to.len() == 2
    });
    lies.count()
}

/// Sends b a text, and waits until it is there.
fn say(text: &str, from: &UdpSocket, to: &UdpSocket) -> Result<()> {
    from.send_to(text.as_bytes(), (B, 7000))?;
    ensure!(receive(to)? == text, "b got something else");
    Ok(())
}

/// Whether the lie was believed when a knew b, and only then.
fn check(trace: &Trace) -> Result<()> {
    let secrets = |scene: &str| {
        let frames = trace.scene(scene).unwrap_or_default().summaries();
        let said = frames.into_iter().filter(|frame| {
            frame.payload.as_deref() == Some("“secret” · 6 bytes")
        });
        said.map(|frame| frame.to).collect::<Vec<_>>()
    };
    ensure!(secrets("known") == [[1], [2]], "m heard nothing");
    ensure!(secrets("permanent") == [[2]], "m heard it");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = lie()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
