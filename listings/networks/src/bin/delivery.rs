//! Unicast, broadcast, multicast: who gets a frame, and who takes it in.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::arrivals::wait_for;
use networks::eui48::{kind, of_group};
use networks::{receive, settled, story, udp};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use wirelab::{Frame, Host, Lan, Options, Recording, Trace, DEADLINE};

/// Let a talk to b, to all and to a group, with c beside them.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const B: &str = "172.16.10.2:7000";
const ALL: &str = "172.16.10.255";
const GROUP: Ipv4Addr = Ipv4Addr::new(239, 1, 2, 3);

// ANCHOR: lab
/// a, b and c are at one switch.
fn deliver() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (a, b, c) = (Host::new("a")?, Host::new("b")?, Host::new("c")?);
    // One report for each group, and not a second one at random.
    b.set_sysctl("ipv4/igmp_qrv", "1")?;
    lan.plug(&a, "172.16.10.1/24")?;
    lan.plug(&b, "172.16.10.2/24")?;
    lan.plug(&c, "172.16.10.3/24")?;
    // There is no router. But a group is reached by a route, as all is.
    for host in [&a, &b, &c] {
        host.route_through("172.16.10.254".parse()?)?;
    }
    let mut recording = Recording::of(&[&a, &b, &c])?;

    recording.scene("unicast");
    talk(&a, &b, &mut recording)?;

    recording.scene("broadcast");
    let (at_a, at_b) = (udp(&a, 7000)?, udp(&b, 7000)?);
    let at_c = udp(&c, 7000)?;
    at_a.set_broadcast(true)?;
    at_a.send_to(b"to all", (ALL, 7000))?;
    for (host, socket) in [(&b, &at_b), (&c, &at_c)] {
        let text = receive(socket)?;
        recording.remark(host, format!("recv → {text:?}"))?;
    }

    recording.scene("multicast");
    at_b.join_multicast_v4(&GROUP, &Ipv4Addr::UNSPECIFIED)?;
    recording.remark(&b, format!("joins {GROUP}"))?;
    let heard = |trace: &Trace| {
        let last = trace.summaries().pop();
        last.is_some_and(|f| f.headline == "IGMP report" && !f.lost)
    };
    recording.wait("b's report", heard)?;
    at_a.send_to(b"to the group", (GROUP, 7000))?;
    let text = receive(&at_b)?;
    recording.remark(&b, format!("recv → {text:?}"))?;
    // c's program gets this one first.
    at_a.send_to(b"to all", (ALL, 7000))?;
    for (host, socket) in [(&b, &at_b), (&c, &at_c)] {
        let text = receive(socket)?;
        recording.remark(host, format!("recv → {text:?}"))?;
    }
    settled(&mut recording, &a, &[ALL])
}
// ANCHOR_END: lab

// ANCHOR: talk
/// A whole TCP session. Each step begins when the frames of the last one have
/// come.
fn talk(a: &Host, b: &Host, recording: &mut Recording) -> Result<()> {
    let listener = b.run(|| TcpListener::bind(B))?;
    let mut client = a.run(|| TcpStream::connect(B))?;
    let (mut server, _) = listener.accept()?;
    client.set_read_timeout(Some(DEADLINE))?;
    server.set_read_timeout(Some(DEADLINE))?;
    wait_for(recording, 2 + 3)?; // ARP, and the handshake
    client.write_all(b"question")?;
    wait_for(recording, 7)?;
    server.read_exact(&mut [0; 8])?;
    server.write_all(b"answer")?;
    wait_for(recording, 9)?;
    client.read_exact(&mut [0; 6])?;
    client.shutdown(Shutdown::Write)?;
    wait_for(recording, 11)?;
    ensure!(server.read(&mut [0])? == 0, "no end of file");
    drop(server);
    wait_for(recording, 13)
}
// ANCHOR_END: talk

// ANCHOR: modes
/// For each destination: what it says, how many frames had it, and how many
/// of them came to c.
fn modes(trace: &Trace) -> Result<String> {
    let mut rows: Vec<(wirelab::Mac, usize, usize)> = vec![];
    for ((_, sent), arrived) in trace.sent().zip(trace.summaries()) {
        let to = Frame::new(&sent.bytes).destination();
        let to = to.context("a frame without a destination")?;
        let c = usize::from(arrived.to.contains(&2));
        match rows.iter_mut().find(|row| row.0 == to) {
            Some(row) => *row = (to, row.1 + 1, row.2 + c),
            None => rows.push((to, 1, c)),
        }
    }
    ensure!(rows.iter().any(|row| row.0 == of_group(GROUP)));
    let rows = rows.iter().map(|(mac, frames, c)| {
        let bit = u8::from(mac.is_group());
        let who = kind(*mac).0;
        format!(
            "{mac}  I/G {bit}  {who:<15}  {frames} sent, {c} at c\n"
        )
    });
    Ok(rows.collect())
}
// ANCHOR_END: modes

/// Whether c got what was for all and for groups, and of the talk just the
/// one question that was for all.
fn check(trace: &Trace) -> Result<()> {
    for ((_, sent), arrived) in trace.sent().zip(trace.summaries()) {
        let to = Frame::new(&sent.bytes).destination();
        let group = to.is_some_and(wirelab::Mac::is_group);
        let c = arrived.to.contains(&2);
        ensure!(c == group, "{arrived:?}");
    }
    let talk = trace.scene("unicast").context("no unicast")?;
    let frames = talk.summaries();
    let at_c = frames.iter().filter(|frame| frame.to.contains(&2));
    ensure!((frames.len(), at_c.count()) == (13, 1), "{frames:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = deliver()?;
    print!("{}", story(&trace));
    print!("{}", modes(&trace)?);
    check(&trace)?;
    lab.save(&trace)
}
