//! How a switch comes to know which of its ports leads to whom.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, story, udp};
use std::net::UdpSocket;
use wirelab::{Host, Lan, Options, Recording, Trace};

/// Send datagrams through a switch, and read its table after each.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const A: &str = "172.16.10.1:7000";
const B: &str = "172.16.10.2:7000";
const ALL: &str = "172.16.10.255:7000";

// ANCHOR: lab
/// a and b talk, and c is in the same network.
fn talk() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    lan.plug(&c, "172.16.10.3/24")?;
    // They needn't ask: a question would teach the switch, too.
    a.learn(&b)?;
    b.learn(&a)?;
    let mut recording = Recording::of(&[&a, &b, &c])?;
    recording.watch_switch(&lan);

    let at_a = udp(&a, 7000)?;
    let at_b = udp(&b, 7000)?;
    let at_c = udp(&c, 7000)?;
    let look = |recording: &mut Recording| {
        let table = table(&lan, &[&a, &b, &c])?;
        recording.remark_switch(&lan, table)
    };
    look(&mut recording)?;
    say("one", &at_a, B, &at_b)?;
    recording.wait("c to get it, too", |trace| {
        trace.summaries().iter().any(|frame| frame.to.len() == 2)
    })?;
    look(&mut recording)?;
    say("two", &at_b, A, &at_a)?;
    look(&mut recording)?;
    say("three", &at_a, B, &at_b)?;
    // What was sent to c before this comes before it.
    at_a.set_broadcast(true)?;
    say("all", &at_a, ALL, &at_c)?;
    ensure!(receive(&at_b)? == "all");
    recording.so_far()
}

/// Sends a text, and waits until it is there.
fn say(
    text: &str,
    from: &UdpSocket,
    to: &str,
    there: &UdpSocket,
) -> Result<()> {
    from.send_to(text.as_bytes(), to)?;
    ensure!(receive(there)? == text, "{to} got something else");
    Ok(())
}
// ANCHOR_END: lab

// ANCHOR: table
/// What the switch has learned: MAC addresses, here by their hosts' names.
fn table(lan: &Lan, hosts: &[&Host]) -> Result<String> {
    let mut lines = vec![];
    for (mac, port) in lan.learned()? {
        let owner = hosts.iter().find(|host| {
            host.interfaces().iter().any(|card| card.mac == mac)
        });
        let owner =
            owner.with_context(|| format!("whose is {mac}?"))?;
        lines.push(format!("{} at {port}", owner.name()));
    }
    Ok(match lines.is_empty() {
        true => "knows nobody".into(),
        false => format!("knows {}", lines.join(", ")),
    })
}
// ANCHOR_END: table

/// Whether c got what was flooded and what was for all, and else nothing.
fn check(trace: &Trace) -> Result<()> {
    let mut frames = trace.summaries();
    frames.iter_mut().for_each(|frame| frame.to.sort_unstable());
    let to: Vec<_> = frames.iter().map(|frame| &frame.to[..]).collect();
    ensure!(to == [&[1, 2][..], &[0], &[1], &[1, 2]], "{to:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = talk()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
