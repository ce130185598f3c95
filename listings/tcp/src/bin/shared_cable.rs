//! What one cable carries at the same time: both directions of a connection,
//! and two connections with a datagram between them.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::net::UdpSocket;
use tcp::wire::{At, Wire};
use tcp::DEADLINE;
use wirelab::{Frame, Options};

/// Fill a cable with segments that go both ways, and with what belongs to
/// several conversations.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: both_ways
/// Both ends write before either has read: two segments meet in the cable.
fn both_ways(wire: &mut Wire) -> Result<()> {
    wire.scene("both_ways")?;
    let (mut client, mut server) = wire.establish()?;
    wire.write(&mut client, "from the client")?;
    wire.write(&mut server, "from the server")?;
    wire.in_the_cable(2)?;
    println!("both have written: 2 segments in the cable");
    wire.cable.pass("the client's segment")?;
    wire.in_the_cable(2)?;
    wire.cable.pass("the server's segment")?;
    wire.in_the_cable(2)?;
    wire.cable.pass("the server's ACK")?;
    wire.cable.pass("the client's ACK")?;
    wire.read(&mut server, "from the client")?;
    wire.read(&mut client, "from the server")?;
    println!("both have read what the other wrote");
    wire.leave(client.stream);
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: both_ways

// ANCHOR: shared
/// Two connections and a datagram, in turn. Returns in which order they
/// are in the cable.
fn shared(wire: &mut Wire) -> Result<Vec<String>> {
    wire.scene("shared")?;
    let (mut one, mut its_server) = wire.establish()?;
    let (mut two, mut other_server) = wire.establish()?;
    let to = wire.server.run(|| UdpSocket::bind("0.0.0.0:7001"))?;
    to.set_read_timeout(Some(DEADLINE))?;
    let from = wire.client.run(|| UdpSocket::bind("0.0.0.0:5000"))?;

    wire.write(&mut one, "one: first")?;
    wire.write(&mut two, "two: first")?;
    wire.says(&one.at, "send_to \"datagram\"")?;
    from.send_to(b"datagram", "172.16.10.2:7001")?;
    wire.write(&mut one, "one: second")?;
    wire.in_the_cable(4)?;

    let mut order = vec![];
    // A segment is acknowledged, a datagram isn't.
    for left in [4, 4, 3, 3] {
        let bytes = wire.cable.pass("what was sent")?;
        let said = Frame::new(&bytes).payload().unwrap_or_default();
        order.push(String::from_utf8_lossy(said).into_owned());
        wire.in_the_cable(left)?;
    }
    for _ in 0..3 {
        wire.cable.pass("an ACK")?;
    }
    let all = ["one: first", "one: second"].concat();
    wire.read(&mut its_server, &all)?;
    wire.read(&mut other_server, "two: first")?;
    receive(wire, &its_server.at, &to)?;
    for end in [one, two, its_server, other_server] {
        wire.leave(end.stream);
    }
    Ok(order)
}
// ANCHOR_END: shared

fn receive(wire: &mut Wire, at: &At, socket: &UdpSocket) -> Result<()> {
    let mut datagram = [0; 100];
    let length = socket.recv(&mut datagram).context("recv")?;
    let got = String::from_utf8_lossy(&datagram[..length]);
    ensure!(got == "datagram", "received {got:?}");
    wire.says(at, format!("recv {got:?}"))
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    both_ways(&mut wire)?;
    println!("one after the other, through one cable:");
    let order = shared(&mut wire)?;
    for said in &order {
        println!("  {said}");
    }
    let sent = ["one: first", "two: first", "datagram", "one: second"];
    ensure!(order == sent, "in another order");
    lab.save(&wire.trace()?)
}
