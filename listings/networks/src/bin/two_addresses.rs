//! One host, three addresses: two on one network card, one on another.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::{settled, story, udp};
use std::net::UdpSocket;
use wirelab::{Frame, Host, Lan, Mac, Options, Recording, Trace};

/// Send from one socket to three networks, and to an address by way of
/// another card.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// a has a card in each of two networks, where b and c are.
fn three_addresses() -> Result<Trace> {
    wirelab::enter()?;
    let (left, right) = (Lan::new("left")?, Lan::new("right")?);
    let (b, a, c) = (Host::new("b")?, Host::new("a")?, Host::new("c")?);
    left.plug(&b, "172.16.10.2/24")?;
    b.add_address("eth0", "172.16.20.2/24")?;
    left.plug(&a, "172.16.10.1/24")?;
    a.add_address("eth0", "172.16.20.1/24")?;
    right.plug(&a, "172.16.30.1/24")?;
    right.plug(&c, "172.16.30.3/24")?;
    c.route_through("172.16.30.1".parse()?)?;
    let mut recording = Recording::of(&[&b, &a, &c])?;
    let (at_a, at_b) = (udp(&a, 5000)?, udp(&b, 7000)?);
    let at_c = udp(&c, 7000)?;

    recording.scene("one_card");
    for to in ["172.16.10.2:7000", "172.16.20.2:7000"] {
        at_a.send_to(b"hello", to)?;
        recording.remark(&b, from(&at_b)?)?;
    }

    recording.scene("two_cards");
    at_a.send_to(b"hello", "172.16.30.3:7000")?;
    recording.remark(&c, from(&at_c)?)?;

    recording.scene("other_card");
    at_c.send_to(b"hello", "172.16.10.1:5000")?;
    recording.remark(&a, from(&at_a)?)?;
    let all = ["172.16.10.255", "172.16.30.255"];
    settled(&mut recording, &a, &all)
}

/// Who sends the next datagram.
fn from(socket: &UdpSocket) -> Result<String> {
    let (_, sender) = socket.recv_from(&mut [0; 64])?;
    Ok(format!("recv_from {sender}"))
}
// ANCHOR_END: lab

/// Whether each address was where it belongs: the datagrams' cards, IP
/// sources and MAC sources.
fn check(trace: &Trace) -> Result<()> {
    let mut seen = vec![];
    for (_, sent) in trace.sent() {
        let frame = Frame::new(&sent.bytes);
        if let (Some(ip), Some(_)) = (frame.ipv4(), frame.udp()) {
            let source = ip.source.to_string();
            seen.push((sent.interface, source, frame.source()));
        }
    }
    let seen: Vec<_> =
        seen.iter().map(|(n, ip, mac)| (*n, &**ip, *mac)).collect();
    let card = |n| Some(Mac::local(n));
    ensure!(
        seen == [
            (0, "172.16.10.1", card(2)),
            (0, "172.16.20.1", card(2)),
            (1, "172.16.30.1", card(3)),
            (0, "172.16.30.3", card(4)),
        ],
        "{seen:?}"
    );
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = three_addresses()?;
    print!("{}", story(&trace));
    check(&trace)?;
    lab.save(&trace)
}
