//! The same bad cable under UDP and under TCP.
//!
//! The wire may differ: when TCP sends again, and how often, depends on how
//! long each acknowledgement took. What it delivers doesn't.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{channel, Receiver};
use wirelab::{Cable, Counters, Decision, End, Host, Options, Passing};
use wirelab::{Recording, DEADLINE};

/// Send six messages through a cable that loses the second, lets the fourth
/// overtake the third, and doubles the fifth.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const MESSAGES: [&str; 6] = ["1", "2", "3", "4", "5", "6"];
const SENDER: &str = "172.16.10.1:7070";
const RECEIVER: &str = "172.16.10.2:7500";

// ANCHOR: lab
/// What the cable does to the sender's data: first to that of UDP, then,
/// counted from one again, to that of TCP. It begins when all six messages
/// are on their way.
fn faults(all_sent: Receiver<()>) -> impl FnMut(&Passing) -> Decision {
    let mut datagrams = 0;
    let mut segments = 0;
    move |passing| {
        let data = passing.frame.payload().unwrap_or_default();
        if passing.from != End::Near || data.is_empty() {
            return Decision::Pass;
        }
        let number = match passing.frame.tcp() {
            None => &mut datagrams,
            Some(_) => &mut segments,
        };
        *number += 1;
        if *number == 1 {
            let _ = all_sent.recv_timeout(DEADLINE);
        }
        match number {
            2 => Decision::Drop,
            3 => Decision::Hold,
            5 => Decision::Duplicate,
            _ => Decision::Pass,
        }
    }
}
// ANCHOR_END: lab

// ANCHOR: udp
/// Each message is a datagram. Returns the receiver's, in their order.
fn udp(
    sender: &Host,
    receiver: &Host,
    all_sent: impl FnOnce() -> Result<()>,
) -> Result<String> {
    let from = sender.run(|| UdpSocket::bind(SENDER))?;
    let to = receiver.run(|| UdpSocket::bind(RECEIVER))?;
    to.set_read_timeout(Some(DEADLINE))?;
    for message in MESSAGES {
        from.send_to(message.as_bytes(), RECEIVER)?;
    }
    all_sent()?;
    let mut received = String::new();
    let mut datagram = [0; 100];
    while !received.ends_with('6') {
        let length = to.recv(&mut datagram).context("recv")?;
        received += str::from_utf8(&datagram[..length])?;
    }
    to.set_nonblocking(true)?;
    let more = to.recv(&mut datagram).map_err(|e| e.kind());
    ensure!(more == Err(ErrorKind::WouldBlock), "and {more:?}");
    Ok(received)
}
// ANCHOR_END: udp

// ANCHOR: tcp
/// Each message is written alone and sent at once. Returns all that the
/// receiver reads, and what the sender's kernel has counted.
fn tcp(
    sender: &Host,
    receiver: &Host,
    all_sent: impl FnOnce() -> Result<()>,
) -> Result<(String, Counters)> {
    let listener = receiver.run(|| TcpListener::bind(RECEIVER))?;
    let mut from = sender.run(|| TcpStream::connect(RECEIVER))?;
    let mut to = listener.accept()?.0;
    from.set_nodelay(true)?;
    to.set_read_timeout(Some(DEADLINE))?;
    for message in MESSAGES {
        from.write_all(message.as_bytes())?;
    }
    all_sent()?;
    let mut received = [0; MESSAGES.len()];
    to.read_exact(&mut received).context("read")?;
    from.shutdown(Shutdown::Write)?;
    let more = to.read(&mut [0; 100])?;
    ensure!(more == 0, "and {more} bytes more");
    Ok((str::from_utf8(&received)?.into(), Counters::of(&from)?))
}
// ANCHOR_END: tcp

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let (go, all_sent) = channel();
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        faults(all_sent),
    )?;
    sender.learn(&receiver)?;
    receiver.learn(&sender)?;
    let mut recording = Recording::of(&[&sender, &receiver])?;

    let sent = MESSAGES.concat();
    let go = || go.send(()).context("the cable has ended");
    recording.scene("udp");
    let received = udp(&sender, &receiver, go)?;
    println!("UDP  sent {sent}  received {received}");
    recording.remark(&receiver, format!("received {received}"))?;
    ensure!(received == "143556");

    recording.scene("tcp");
    let (received, counters) = tcp(&sender, &receiver, go)?;
    println!("TCP  sent {sent}  received {received}");
    recording.remark(&receiver, format!("received {received}"))?;
    ensure!(received == sent);
    ensure!(counters.retransmitted >= 1);
    println!("     and sent again what had been lost");
    recording.wait("the end of the connection", |trace| {
        // The receiver's FIN, and an answer to it that has arrived.
        let all = trace.summaries();
        let mut all = all.iter();
        all.any(|s| s.from == 1 && s.headline == "FIN ACK")
            && all.any(|s| s.from == 0 && !s.lost)
    })?;
    let trace = recording.so_far()?;
    cable.pull()?;
    lab.save(&trace)
}
