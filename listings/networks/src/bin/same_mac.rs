//! What a switch makes of two hosts with one MAC address.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::arrivals::wait_for;
use networks::{receive, settled, story, udp};
use wirelab::{Host, Lan, Mac, Options, Recording, Trace};

/// Give two hosts the same MAC address, and send to one of them.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const A: &str = "172.16.10.1:7000";
const C: &str = "172.16.10.3:7000";

// ANCHOR: lab
/// b has a's MAC address. c sends to a.
fn double() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    lan.plug(&c, "172.16.10.3/24")?;
    let mac = Mac::local(1);
    b.set_mac("eth0", mac)?;
    // Nobody asks by ARP: all would hear the question.
    for (one, other) in [(&a, &c), (&b, &c), (&c, &a)] {
        one.learn(other)?;
    }
    let mut recording = Recording::of(&[&a, &b, &c])?;
    recording.watch_switch(&lan);
    let (at_a, at_b) = (udp(&a, 7000)?, udp(&b, 7000)?);
    let at_c = udp(&c, 7000)?;

    let rounds =
        [(&at_a, "first"), (&at_b, "second"), (&at_a, "third")];
    for (n, (speaker, text)) in rounds.into_iter().enumerate() {
        speaker.send_to(b"I am here", C)?;
        ensure!(receive(&at_c)? == "I am here");
        recording.remark_switch(&lan, whereabouts(&lan, mac)?)?;
        at_c.send_to(text.as_bytes(), A)?;
        wait_for(&mut recording, 2 * (n + 1))?;
        if text != "second" {
            let text = receive(&at_a)?;
            recording.remark(&a, format!("recv → {text:?}"))?;
        }
    }
    settled(&mut recording, &c, &["172.16.10.255"])
}

/// Where the switch thinks that an address is.
fn whereabouts(lan: &Lan, mac: Mac) -> Result<String> {
    let known = lan.learned()?;
    let mut lines = known.iter().filter(|(known, _)| *known == mac);
    let (_, port) = lines.next().context("it knows nothing")?;
    ensure!(lines.next().is_none(), "it is in two places");
    Ok(format!("{mac} is at {port}"))
}
// ANCHOR_END: lab

/// Whether c's datagrams went to a, to b and to a, and to nobody else.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.summaries();
    let by_c = frames.iter().filter(|frame| frame.from == 2);
    let to: Vec<_> = by_c.map(|frame| &frame.to[..]).collect();
    ensure!(to == [[0], [1], [0]], "{to:?}");
    let met = trace.remarks("a");
    ensure!(met == ["recv → \"first\"", "recv → \"third\""], "{met:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = double()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
