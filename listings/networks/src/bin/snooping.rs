//! A switch that listens to who joins which group, once a router asks for it.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::{receive, settled, story, udp};
use socket2::{Domain, Protocol, Socket, Type};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::time::Instant;
use wirelab::{Host, Lan, Options, Recording, Trace, DEADLINE};

/// Let b join a group, with a router on the network that asks who does.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const ALL: &str = "172.16.10.255";
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);
/// Nobody ever joins it.
const EMPTY: Ipv4Addr = Ipv4Addr::new(239, 9, 9, 9);

// ANCHOR: lab
/// a, b, c and a multicast router are at one switch, and b is in a group.
fn snoop() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    let router = Host::new("router")?;
    b.set_sysctl("ipv4/igmp_qrv", "1")?;
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    lan.plug(&c, "172.16.10.3/24")?;
    lan.plug(&router, "172.16.10.254/24")?;
    for host in [&a, &b] {
        host.route_through("172.16.10.254".parse()?)?;
    }
    let mut recording = Recording::of(&[&a, &b, &c, &router])?;
    let (at_a, at_b) = (udp(&a, 7000)?, udp(&b, 7000)?);
    at_b.join_multicast_v4(&GROUP, &Ipv4Addr::UNSPECIFIED)?;
    wait_for_reports(&mut recording, 1)?;
    ask(&router)?;
    wait_for_reports(&mut recording, 2)?;
    wait_until_it_snoops(&mut recording, &at_a)?;

    // The recording begins here.
    ask(&router)?;
    wait_for_reports(&mut recording, 1)?;
    at_a.send_to(b"to the group", (GROUP, 7000))?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;
    settled(&mut recording, &a, &[ALL])
}

/// Waits until b has told so many times in which group it is.
fn wait_for_reports(recording: &mut Recording, n: usize) -> Result<()> {
    recording.wait("b's report", |trace| {
        let frames = trace.summaries();
        let reports = frames
            .iter()
            .filter(|f| f.headline == "IGMP report" && f.to.len() == 3);
        reports.count() == n
    })
}
// ANCHOR_END: lab

// ANCHOR: ask
/// What a multicast router asks now and then: who is in any group at all?
/// (RFC 3376 §4.1)
fn ask(router: &Host) -> Result<()> {
    let raw = router.run(|| {
        let igmp = Some(Protocol::from(2));
        Socket::new(Domain::IPV4, Type::RAW, igmp)
    });
    let raw = raw.context("no socket for IGMP")?;
    let here = Ipv4Addr::new(172, 16, 10, 254);
    raw.set_multicast_if_v4(&here)?;
    // Query, answer within 0.1 s, checksum, any group; then flags, an
    // interval and no sources.
    let mut query = [0x11, 1, 0, 0, 0, 0, 0, 0, 1, 125, 0, 0];
    let checksum = checksum(&query);
    query[2..4].copy_from_slice(&checksum);
    let all_hosts = SocketAddr::from(([224, 0, 0, 1], 0));
    raw.send_to(&query, &all_hosts.into())?;
    Ok(())
}

/// RFC 1071: the complement of the sum of all pairs of bytes.
fn checksum(bytes: &[u8]) -> [u8; 2] {
    let pairs = bytes
        .chunks(2)
        .map(|pair| u32::from(u16::from_be_bytes([pair[0], pair[1]])));
    let sum: u32 = pairs.sum();
    let folded = (sum & 0xffff) + (sum >> 16);
    (!(folded as u16)).to_be_bytes()
}
// ANCHOR_END: ask

// ANCHOR: until
/// The switch waits until answers to the question may have come. Up to then
/// it floods, and this asks it again and again: does c still get what is for
/// a group that nobody is in?
fn wait_until_it_snoops(
    recording: &mut Recording,
    a: &UdpSocket,
) -> Result<()> {
    a.set_broadcast(true)?;
    let start = Instant::now();
    loop {
        recording.forget();
        a.send_to(b"?", (EMPTY, 7000))?;
        // c has this one, so it has the other too, or never will.
        a.send_to(b"!", (ALL, 7001))?;
        recording.wait("the broadcast at all", |trace| {
            let last = trace.summaries().pop();
            last.is_some_and(|frame| frame.to.len() == 3)
        })?;
        let frames = recording.so_far()?.summaries();
        let first = frames.first().context("nothing was sent")?;
        if !first.to.contains(&2) {
            recording.forget();
            return Ok(());
        }
        ensure!(
            start.elapsed() < DEADLINE,
            "this kernel's bridge floods"
        );
    }
}
// ANCHOR_END: until

/// Whether the question and b's report went to all, and a's datagram to b and
/// the router alone.
fn check(trace: &Trace) -> Result<()> {
    let mut frames = trace.summaries();
    frames.iter_mut().for_each(|frame| frame.to.sort_unstable());
    let to: Vec<_> = frames.iter().map(|frame| &frame.to[..]).collect();
    ensure!(to == [&[0, 1, 2][..], &[0, 2, 3], &[1, 3]], "{to:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = snoop()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
