//! A datagram larger than its network carries whole.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{story, udp};
use std::net::UdpSocket;
use wirelab::{
    Fragments, Frame, Gate, Host, Options, Recording, Trace,
};

/// Send 4000 bytes over a cable for 1500, lose a part of them, and forbid
/// parts.
#[derive(Parser)]
struct Cli {
    /// Have the part come late, and don't lose it.
    #[arg(long)]
    late: bool,
    #[command(flatten)]
    lab: Options,
}

const TO_B: &str = "172.16.10.2:7000";

// ANCHOR: lab
/// Each network card carries 1500 bytes, the IP header included. In the
/// cable every packet waits until it is told what becomes of it.
fn send_large_ones(late: bool) -> Result<Trace> {
    wirelab::enter()?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let ends = ((&a, "172.16.10.1/24"), (&b, "172.16.10.2/24"));
    let mut cable = Gate::between(ends.0, ends.1)?;
    // Linux waits for lost parts for 30 seconds.
    b.set_sysctl("ipv4/ipfrag_time", "1")?;
    let (from_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let mut recording = Recording::of(&[&a, &b])?;

    recording.scene("whole");
    recording.remark(&a, "send_to: 4000 bytes")?;
    from_a.send_to(&[0; 4000], TO_B)?;
    for part in ["the first part", "the second", "the third"] {
        cable.pass(part)?;
    }
    recording.remark(&b, received(&at_b)?)?;

    recording.scene(if late { "late" } else { "lost" });
    recording.remark(&a, "send_to: 4000 bytes")?;
    from_a.send_to(&[0; 4000], TO_B)?;
    cable.pass("the first part")?;
    if late {
        cable.hold("the second")?;
        cable.pass("the third")?;
    } else {
        cable.lose("the second")?;
    }
    cable.pass("the last one")?;
    from_a.send_to(b"after", TO_B)?;
    cable.pass("what is sent after it")?;
    recording.remark(&b, received(&at_b)?)?;
    if late {
        recording.remark(&b, received(&at_b)?)?;
    } else {
        cable.pass("b's word that it waits no more")?;
    }

    recording.scene("forbidden");
    Fragments::Forbidden.set(&from_a)?;
    for bytes in [4000, 1473] {
        let sent = from_a.send_to(&vec![0; bytes], TO_B);
        let error = sent.err().context("it was sent")?;
        let what = format!("send_to: {bytes} bytes → {error}");
        recording.remark(&a, what)?;
    }
    recording.remark(&a, "send_to: 1472 bytes")?;
    from_a.send_to(&[0; 1472], TO_B)?;
    cable.pass("what isn't too large")?;
    recording.remark(&b, received(&at_b)?)?;
    recording.so_far()
}
// ANCHOR_END: lab

/// How much the next datagram has.
fn received(socket: &UdpSocket) -> Result<String> {
    let n = socket.recv(&mut [0; 5000]).context("nothing comes")?;
    Ok(format!("recv: {n} bytes"))
}

/// Whether the parts were those that they should be.
fn check(trace: &Trace) -> Result<()> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let parts: Vec<_> = frames
        .filter_map(|frame| {
            let ip = frame.ipv4().filter(|ip| ip.is_fragment())?;
            let (from, more) = (ip.fragment_offset, ip.more_fragments);
            Some((from, ip.payload.len(), more))
        })
        .collect();
    let three =
        [(0, 1480, true), (1480, 1480, true), (2960, 1048, false)];
    ensure!(parts == [three, three].concat(), "{parts:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { late, lab } = Cli::parse();
    let trace = send_large_ones(late)?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
