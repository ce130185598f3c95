//! What a router reports when it can't pass a datagram on, and what the
//! program that sent it is told.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::probes::next_report;
use networks::{receive, report_errors, settled, udp};
use std::io::ErrorKind;
use wirelab::{Host, Lan, Options, Recording, Router, Trace, DEADLINE};

/// Send three datagrams that a router can't pass on. One of them takes it
/// three seconds.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: cases
/// A datagram that doesn't arrive, and what comes of it.
struct Case {
    scene: &'static str,
    to: &'static str,
    ttl: u32,
    /// ICMP's type and code.
    icmp: (u8, u8),
    error: ErrorKind,
}

const CASES: [Case; 3] = [
    // The router has no route to such a network.
    Case {
        scene: "network",
        to: "172.16.99.1:7000",
        ttl: 64,
        icmp: (3, 0),
        error: ErrorKind::NetworkUnreachable,
    },
    // Nobody in d's network has this address.
    Case {
        scene: "host",
        to: "172.16.20.9:7000",
        ttl: 64,
        icmp: (3, 1),
        error: ErrorKind::HostUnreachable,
    },
    // d has it, but the datagram may pass no router.
    Case {
        scene: "ttl",
        to: "172.16.20.2:7000",
        ttl: 1,
        icmp: (11, 0),
        error: ErrorKind::HostUnreachable,
    },
];
// ANCHOR_END: cases

// ANCHOR: lab
/// a and d are in two networks, and between them is a router.
fn fail() -> Result<Trace> {
    wirelab::enter()?;
    let (left, right) = (Lan::new("left")?, Lan::new("right")?);
    let (a, d) = (Host::new("a")?, Host::new("d")?);
    let router = Router::new("router")?;
    left.plug(&a, "172.16.10.1/24")?;
    left.plug(&router, "172.16.10.254/24")?;
    right.plug(&router, "172.16.20.254/24")?;
    right.plug(&d, "172.16.20.2/24")?;
    a.route_through("172.16.10.254".parse()?)?;
    a.learn(&router)?;
    router.learn(&a)?;
    let mut recording = Recording::of(&[&a, &router, &d])?;

    let socket = udp(&a, 5000)?;
    report_errors(&socket)?;
    for case in CASES {
        recording.scene(case.scene);
        socket.set_ttl(case.ttl)?;
        socket.send_to(b"hello", case.to)?;
        let error = receive(&socket).err().context("no error")?;
        recording.remark(&a, format!("recv → {error}"))?;
        ensure!(error.kind() == case.error, "{error}");
        let report = next_report(&socket, DEADLINE)?;
        let report = report.context("no report")?;
        let (kind, code) = (report.kind, report.code);
        ensure!((kind, code) == case.icmp, "{report:?}");
        println!("to {} with TTL {}", case.to, case.ttl);
        println!("  ICMP type {kind} code {code} from {}", report.by);
        println!("  {error}");
    }
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    lab.save(&fail()?)
}
