//! How a host finds the MAC address that belongs to an IP address.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::{receive, settled, story, udp};
use wirelab::{Frame, Host, Lan, Options, Recording, Trace};

/// Send a datagram to a host in the same network, and watch how its MAC
/// address is found.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a sends b a datagram, and c is in the same network.
fn ask_for_b() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    lan.plug(&c, "172.16.10.3/24")?;
    let mut recording = Recording::of(&[&a, &b, &c])?;

    let (sender, receiver) = (udp(&a, 5000)?, udp(&b, 7000)?);
    recording.remark(&a, arp_table(&a)?)?;
    sender.send_to(b"hello", "172.16.10.2:7000")?;
    let text = receive(&receiver)?;
    recording.remark(&b, format!("recv → {text:?}"))?;
    recording.remark(&a, arp_table(&a)?)?;
    settled(&mut recording, &a, &["172.16.10.255"])
}

/// Whom a host knows on its link.
fn arp_table(host: &Host) -> Result<String> {
    let known = host.neighbours()?;
    let lines = known.iter().map(|neighbour| match neighbour.mac {
        Some(mac) => format!("{} is at {mac}", neighbour.ip),
        None => format!("{} is nowhere yet", neighbour.ip),
    });
    let lines: Vec<_> = lines.collect();
    Ok(match lines.is_empty() {
        true => "ARP table: empty".into(),
        false => format!("ARP table: {}", lines.join(", ")),
    })
}
// ANCHOR_END: lab

/// Whether one question was heard by both, and one answer only by a.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.summaries();
    let [question, answer, datagram] = &frames[..] else {
        anyhow::bail!("not three frames:\n{}", trace.table());
    };
    ensure!(question.headline == "ARP request");
    ensure!(question.to.len() == 2);
    ensure!(answer.headline == "ARP reply");
    ensure!(answer.to == [0]);
    ensure!(datagram.to == [1]);
    let first = trace.sent().next();
    let asked = first.and_then(|(_, f)| Frame::new(&f.bytes).arp());
    ensure!(asked.is_some_and(|arp| arp.target_mac.0 == [0; 6]));
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = ask_for_b()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
