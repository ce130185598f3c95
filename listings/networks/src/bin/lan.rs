//! Where a LAN ends, and what goes on beyond that.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::shelf::{ask, file, serve, Shelf};
use networks::{receive, settled, story, udp};
use std::net::UdpSocket;
use std::time::Duration;
use wirelab::trace::What;
use wirelab::{Decision, Host, Lan, Options, Recording, Router, Trace};

/// Send to all of a LAN, and share a file on it and through its router.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const SHELF: Shelf = &[("notes.txt", b"milk, a longer cable")];
/// Light needs so long for 10,000 km of glass.
const LONG: Duration = Duration::from_millis(50);
const ALL: &str = "255.255.255.255";

// ANCHOR: lab
/// a, b and c are on a LAN, c at the end of a very long cable. d is behind
/// the router.
fn reach() -> Result<Trace> {
    wirelab::enter()?;
    let (lan, other) = (Lan::new("lan")?, Lan::new("other")?);
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let (c, d) = (Host::new("c")?, Host::new("d")?);
    let router = Router::new("router")?;
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    let _cable =
        lan.plug_with(&c, "172.16.10.3/24", |_| Decision::Delay(LONG))?;
    lan.plug(&router, "172.16.10.254/24")?;
    other.plug(&router, "172.16.20.254/24")?;
    other.plug(&d, "172.16.20.4/24")?;
    for host in [&a, &b, &c] {
        host.route_through("172.16.10.254".parse()?)?;
    }
    d.route_through("172.16.20.254".parse()?)?;
    let mut recording = Recording::of(&[&a, &b, &c, &router, &d])?;
    let (at_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let (at_c, at_d) = (udp(&c, 7000)?, udp(&d, 5000)?);

    recording.scene("broadcast");
    at_a.set_broadcast(true)?;
    at_a.send_to(b"who is here?", (ALL, 7000))?;
    for (host, socket) in [(&b, &at_b), (&c, &at_c)] {
        let text = receive(socket)?;
        recording.remark(host, format!("recv → {text:?}"))?;
    }

    recording.scene("inside");
    share(&mut recording, (&a, &at_a), &at_c)?;
    recording.scene("through");
    share(&mut recording, (&d, &at_d), &at_c)?;

    recording.scene("outside");
    at_d.set_broadcast(true)?;
    at_d.send_to(b"who is there?", "172.16.10.255:7000")?;
    let both = ["172.16.10.255", "172.16.20.255"];
    settled(&mut recording, &router, &both)
}

/// A client fetches a file from c.
fn share(
    recording: &mut Recording,
    (host, client): (&Host, &UdpSocket),
    server: &UdpSocket,
) -> Result<()> {
    client.connect("172.16.10.3:7000")?;
    ask(client, "notes.txt")?;
    serve(server, SHELF)?;
    let file = file(client)?;
    let text = String::from_utf8_lossy(&file).into_owned();
    recording.remark(host, format!("notes.txt: {text}"))
}
// ANCHOR_END: lab

// ANCHOR: check
/// Whom the broadcast reached, and how long the long cable took.
fn check(trace: &Trace) -> Result<()> {
    let first = trace.summaries().into_iter().next();
    let mut to = first.context("nothing was sent")?.to;
    to.sort_unstable();
    ensure!(to == [1, 2, 3], "{to:?}");
    let (sent, _) = trace.sent().next().context("nothing was sent")?;
    let at_c = trace.events.iter().find(|event| match &event.what {
        What::Arrived(a) => (a.frame, a.host) == (0, 2),
        _ => false,
    });
    let at_c = at_c.context("nothing came to c")?.at;
    ensure!(at_c - sent >= LONG, "{:?}", at_c - sent);
    Ok(())
}
// ANCHOR_END: check

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = reach()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
