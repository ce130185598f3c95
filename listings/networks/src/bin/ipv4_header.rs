//! The header of a packet that two kernels exchange, and one with a bit
//! turned over.

use anyhow::{bail, ensure, Context, Result};
use clap::Parser;
use networks::counters::snmp;
use networks::ipv4::{BadPacket, Header};
use networks::{receive, story, udp};
use wirelab::trace::What;
use wirelab::{Cable, Decision, Fate, Host, Options, Recording, Trace};

/// Send a datagram, and one whose header is damaged on its way.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// The packet begins behind Ethernet's header (IEEE 802.3 §3.1.1).
const ETHERNET: usize = 14;
const TIME_TO_LIVE: usize = 8;

// ANCHOR: lab
/// The cable turns the bits over in the time to live of the second datagram.
fn send_three() -> Result<Trace> {
    wirelab::enter()?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let ends = ((&a, "172.16.10.1/24"), (&b, "172.16.10.2/24"));
    let _cable =
        Cable::between(ends.0, ends.1, |passing| {
            match passing.frame.payload() {
                Some(b"damaged") => {
                    Decision::Corrupt(ETHERNET + TIME_TO_LIVE)
                }
                _ => Decision::Pass,
            }
        })?;
    a.learn(&b)?;
    b.learn(&a)?;
    let (from_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let mut recording = Recording::of(&[&a, &b])?;
    let bad = |host| snmp(host, "Ip", "InHdrErrors");

    recording.scene("right");
    from_a.send_to(b"hello", "172.16.10.2:7000")?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;
    ensure!(bad(&b)? == 0, "the first header is bad, too");

    recording.scene("wrong");
    from_a.send_to(b"damaged", "172.16.10.2:7000")?;
    recording.wait("it to come, changed", |trace| {
        trace.summaries().iter().any(|f| f.fate == Fate::Changed)
    })?;
    from_a.send_to(b"whole", "172.16.10.2:7000")?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;
    let bad = bad(&b)?;
    recording.remark(&b, format!("bad headers: {bad}"))?;
    ensure!((&*text, bad) == ("whole", 1), "b took {text:?}, {bad}");
    recording.so_far()
}
// ANCHOR_END: lab

// ANCHOR: check
/// What our own parser makes of what left a and of what came to b.
fn check(trace: &Trace) -> Result<()> {
    let (_, first) = trace.sent().next().context("nothing was sent")?;
    let header = Header::parse(&first.bytes[ETHERNET..])?;
    println!("left a:    time to live {}, right", header.time_to_live);
    let changed = trace.events.iter().find_map(|e| match &e.what {
        What::Arrived(arrived) => arrived.changed.as_ref(),
        _ => None,
    });
    let changed = changed.context("nothing was damaged")?;
    match Header::parse(&changed[ETHERNET..]) {
        Err(BadPacket::Checksum { .. }) => println!(
            "came to b: time to live {}, wrong checksum",
            changed[ETHERNET + TIME_TO_LIVE]
        ),
        other => bail!("the damage isn't noticed: {other:?}"),
    }
    Ok(())
}
// ANCHOR_END: check

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = send_three()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
