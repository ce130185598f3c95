//! Two hosts on one cable whose masks differ: one finds the other beside it,
//! and the other finds it far away.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, settled, story, udp};
use std::fs;
use std::io::ErrorKind;
use std::net::Ipv4Addr;
use wirelab::frame::ArpOperation;
use wirelab::{Frame, Host, Lan, Options, Recording, Router, Trace};

/// Send datagrams between two hosts with different masks, there and back.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const A: &str = "10.0.0.1:7000";
const B: &str = "10.0.0.200:7000";

// ANCHOR: lab
/// a has the mask that all should have, and b one that is too long.
fn talk() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("lan")?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let router = Router::new("router")?;
    lan.plug(&a, "10.0.0.1/24")?;
    lan.plug(&b, "10.0.0.200/25")?;
    lan.plug(&router, "10.0.0.254/24")?;
    let mut recording = Recording::of(&[&a, &b, &router])?;
    let (at_a, at_b) = (udp(&a, 7000)?, udp(&b, 7000)?);

    recording.scene("there");
    for route in routes(&a)? {
        recording.remark(&a, route)?;
    }
    at_a.send_to(b"hello", B)?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;

    recording.scene("unreachable");
    for route in routes(&b)? {
        recording.remark(&b, route)?;
    }
    let refused = at_b.send_to(b"hello too", A);
    let error = refused.err().context("sent without a route")?;
    recording.remark(&b, format!("send_to → {error}"))?;
    ensure!(error.kind() == ErrorKind::NetworkUnreachable, "{error}");

    recording.scene("back");
    b.route_through("10.0.0.254".parse()?)?;
    for route in routes(&b)? {
        recording.remark(&b, route)?;
    }
    for known in b.neighbours()? {
        let mac = known.mac.context("a has not been heard of")?;
        let line = format!("ARP table: {} is at {mac}", known.ip);
        recording.remark(&b, line)?;
    }
    at_b.send_to(b"hello too", A)?;
    let text = receive(&at_a)?;
    recording.remark(&a, format!("recv → {text:?}"))?;
    // ANCHOR_END: lab

    // ANCHOR: redirect
    recording.scene("redirected");
    let table = routes(&b)?;
    router.set_sysctl("ipv4/conf/eth0/send_redirects", "1")?;
    b.set_sysctl("ipv4/conf/eth0/accept_redirects", "1")?;
    for text in ["again", "once more"] {
        at_b.send_to(text.as_bytes(), A)?;
        let text = receive(&at_a)?;
        recording.remark(&a, format!("recv → {text:?}"))?;
    }
    ensure!(routes(&b)? == table, "the routing table has changed");
    // ANCHOR_END: redirect
    settled(&mut recording, &router, &["10.0.0.255"])
}

// ANCHOR: routes
/// The routing table of a host, as its kernel prints it.
fn routes(host: &Host) -> Result<Vec<String>> {
    // `/proc/net` is that of the first thread, which lives in no host.
    const FILE: &str = "/proc/thread-self/net/route";
    let table = host.run(|| fs::read_to_string(FILE)).context(FILE)?;
    let lines = table.lines().skip(1);
    let routes = lines.map(|line| {
        route(line).with_context(|| format!("{FILE}: {line:?}"))
    });
    routes.collect()
}

/// `eth0 0000000A 00000000 0001 0 0 0 00FFFFFF 0 0 0`
fn route(line: &str) -> Result<String> {
    let columns: Vec<&str> = line.split_whitespace().collect();
    // The four bytes of an address, printed as one number of the machine's.
    let address = |n: usize| -> Result<Ipv4Addr> {
        let column = columns.get(n).context("a column is missing")?;
        let number = u32::from_str_radix(column, 16)?;
        Ok(number.to_ne_bytes().into())
    };
    let (to, router, mask) = (address(1)?, address(2)?, address(7)?);
    let route = format!("route to {to} mask {mask}");
    Ok(match router.is_unspecified() {
        true => format!("{route}: direct"),
        false => format!("{route}: through {router}"),
    })
}
// ANCHOR_END: routes

/// Whether a asked for b itself, and b for the router.
fn check(trace: &Trace) -> Result<()> {
    for (name, expected) in [("a", "10.0.0.200"), ("b", "10.0.0.254")] {
        let frames = trace.sent().map(|(_, sent)| sent);
        let of_host =
            frames.filter(|s| trace.hosts[s.host].name == name);
        let asked = of_host.filter_map(|sent| {
            let arp = Frame::new(&sent.bytes).arp()?;
            (arp.operation == ArpOperation::Request)
                .then(|| arp.target_ip.to_string())
        });
        let asked: Vec<String> = asked.collect();
        ensure!(asked == [expected], "{name} asked for {asked:?}");
    }
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = talk()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
