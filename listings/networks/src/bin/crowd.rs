//! How many hosts make a LAN: two, or as many as there are addresses.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, udp};
use wirelab::{Host, Lan, Options, Recording, Trace};

/// Plug hosts into one switch, and let the first send to all.
#[derive(Parser)]
struct Cli {
    #[arg(long, default_value_t = 64)]
    hosts: usize,
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// How many of the others hear the first. Three are watched: the first, the
/// second and the last.
fn gather(count: usize) -> Result<(usize, Trace)> {
    ensure!(count >= 2, "a network of {count}?");
    ensure!(
        count <= 254,
        "172.16.10.0/24 has addresses for 254 hosts, not for {count}"
    );
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let mut hosts = vec![];
    for n in 1..=count {
        let host = Host::new(&format!("h{n}"))?;
        lan.plug(&host, &format!("172.16.10.{n}/24"))?;
        hosts.push((udp(&host, 7000)?, host));
    }
    let (first, others) = hosts.split_first().context("no host")?;
    let mut watched = vec![&first.1, &others[0].1];
    watched.extend(others[1..].last().map(|(_, host)| host));
    let mut recording = Recording::of(&watched)?;

    first.0.set_broadcast(true)?;
    first.0.send_to(b"hello, all", "172.16.10.255:7000")?;
    let mut heard = 0;
    for (socket, host) in others {
        let text = receive(socket).context(host.name().to_owned())?;
        ensure!(text == "hello, all", "{} got {text:?}", host.name());
        heard += 1;
    }
    let ports = lan.forwarding_ports()?.len();
    ensure!(ports == count, "{ports} ports for {count} hosts");
    Ok((heard, recording.so_far()?))
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { hosts, lab } = Cli::parse();
    let (heard, trace) = gather(hosts)?;
    println!("{hosts} hosts at one switch");
    println!("h1 sends one frame, heard by {heard}");
    ensure!(heard == hosts - 1);
    let sent = trace.sent().count();
    ensure!(sent == 1, "{sent} frames:\n{}", trace.table());
    lab.save(&trace)
}
