//! A mask that is too short: a host looks beside it for one that is behind a
//! router.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, report_errors, settled, story, udp};
use std::io::ErrorKind;
use wirelab::{Frame, Host, Lan, Options, Recording, Router, Trace};

/// Send a datagram from a host that finds far too much in its subnet.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a has a router, and a mask by which it never needs it.
fn look_beside() -> Result<Trace> {
    wirelab::enter()?;
    let (near, far) = (Lan::new("near")?, Lan::new("far")?);
    let (a, c) = (Host::new("a")?, Host::new("c")?);
    let router = Router::new("router")?;
    near.plug(&a, "172.16.10.1/16")?;
    near.plug(&router, "172.16.10.254/24")?;
    far.plug(&router, "172.16.20.254/24")?;
    far.plug(&c, "172.16.20.3/24")?;
    a.route_through("172.16.10.254".parse()?)?;
    // Between two questions, in milliseconds: it is one second elsewhere.
    a.set_sysctl("ipv4/neigh/eth0/retrans_time_ms", "100")?;
    let mut recording = Recording::of(&[&a, &router, &c])?;

    let socket = udp(&a, 5000)?;
    report_errors(&socket)?;
    socket.connect("172.16.20.3:7000")?;
    socket.send(b"hello")?;
    let error = receive(&socket).err().context("no error")?;
    recording.remark(&a, format!("recv → {error}"))?;
    ensure!(error.kind() == ErrorKind::HostUnreachable, "{error}");
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

/// Whether a asked for c, and nobody said anything.
fn check(trace: &Trace) -> Result<()> {
    for (_, sent) in trace.sent() {
        let arp = Frame::new(&sent.bytes).arp();
        let asked =
            arp.context("a frame that is no question")?.target_ip;
        ensure!(
            asked.to_string() == "172.16.20.3",
            "asked for {asked}"
        );
    }
    ensure!(trace.sent().count() > 0, "nobody asked");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = look_beside()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
