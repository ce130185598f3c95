//! What a switch makes of two hosts with one MAC address.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, settled, story, udp};
use wirelab::{Host, Lan, Mac, Options, Recording, Router, Trace};

/// Give two hosts the same MAC address, and send to one of them.
#[derive(Parser)]
struct Cli {
    /// Put the other one behind a router
    #[arg(long)]
    apart: bool,
    #[command(flatten)]
    lab: Options,
}

const A: &str = "172.16.10.1:7000";
const C: &str = "172.16.10.3:7000";
const TEXT: &str = "I am here";

// ANCHOR: lab
/// b has a's MAC address. c sends to a each time that one of them has spoken.
fn double(apart: bool) -> Result<Trace> {
    wirelab::enter()?;
    let (lan, other) = (Lan::new("switch")?, Lan::new("other")?);
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    let router = Router::new("router")?;
    lan.plug(&a, "172.16.10.1/24")?;
    match apart {
        false => lan.plug(&b, "172.16.10.2/24")?,
        true => other.plug(&b, "172.16.20.2/24")?,
    }
    lan.plug(&c, "172.16.10.3/24")?;
    let mac = Mac::local(1);
    b.set_mac("eth0", mac)?;
    // Nobody asks by ARP: all would hear the question.
    a.learn(&c)?;
    c.learn(&a)?;
    let mut hosts = vec![&a, &b, &c];
    if apart {
        lan.plug(&router, "172.16.10.254/24")?;
        other.plug(&router, "172.16.20.254/24")?;
        b.route_through("172.16.20.254".parse()?)?;
        hosts.push(&router);
    } else {
        b.learn(&c)?;
    }
    let mut recording = Recording::of(&hosts)?;
    recording.watch_switch(&lan);
    let (at_a, at_b) = (udp(&a, 7000)?, udp(&b, 7000)?);
    let at_c = udp(&c, 7000)?;

    let rounds =
        [(&at_a, "first"), (&at_b, "second"), (&at_a, "third")];
    for (n, (speaker, text)) in rounds.into_iter().enumerate() {
        speaker.send_to(TEXT.as_bytes(), C)?;
        ensure!(receive(&at_c)? == TEXT);
        recording.remark_switch(&lan, whereabouts(&lan, mac)?)?;
        at_c.send_to(text.as_bytes(), A)?;
        recording
            .wait("c's datagram", |trace| by_c(trace).len() > n)?;
        if apart || text != "second" {
            let text = receive(&at_a)?;
            recording.remark(&a, format!("recv → {text:?}"))?;
        }
    }
    match apart {
        false => settled(&mut recording, &c, &["172.16.10.255"]),
        true => {
            let both = ["172.16.10.255", "172.16.20.255"];
            settled(&mut recording, &router, &both)
        }
    }
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

/// To whom c's datagrams came, one after the other.
fn by_c(trace: &Trace) -> Vec<Vec<usize>> {
    let frames = trace.summaries().into_iter().filter(|frame| {
        frame.from == 2 && frame.payload.is_some() && !frame.lost
    });
    frames.map(|frame| frame.to).collect()
}

/// Whether c's second datagram, and no other, went to whoever spoke last.
fn check(trace: &Trace, apart: bool) -> Result<()> {
    let to = by_c(trace);
    let second = usize::from(!apart);
    ensure!(to == [[0], [second], [0]], "{to:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { apart, lab } = Cli::parse();
    let trace = double(apart)?;
    print!("{}", story(&trace));
    check(&trace, apart)?;
    lab.save(&trace)
}
