//! The same bad cable under UDP and under TCP.
//!
//! The wire may differ: when TCP sends again, and how often, depends on how
//! long each acknowledgement took. What it delivers doesn't.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::faults::{script, Faults, MESSAGES, RECEIVER, SENDER};
use networks::counters::snmp;
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::channel;
use wirelab::{Cable, Host, Options, Recording, DEADLINE};

/// Send seven messages through a cable that drops, holds, doubles and
/// damages some of them.
#[derive(Parser)]
struct Cli {
    /// One sign for each message: . pass, - drop, > let the next overtake
    /// it, 2 double, ! damage. The last one passes
    #[arg(long, default_value = ".->.2!.", allow_hyphen_values = true)]
    faults: Faults,
    #[command(flatten)]
    lab: Options,
}

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
    while !received.ends_with('7') {
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
/// receiver reads.
fn tcp(
    sender: &Host,
    receiver: &Host,
    all_sent: impl FnOnce() -> Result<()>,
) -> Result<String> {
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
    Ok(str::from_utf8(&received)?.into())
}
// ANCHOR_END: tcp

fn main() -> Result<()> {
    let Cli { faults, lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let (go, all_sent) = channel();
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        script(faults.clone(), all_sent),
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
    ensure!(received == faults.of_udp(), "not what the cable let by");
    let count = |name| snmp(&receiver, "Udp", name);
    let [taken, bad] = [count("InDatagrams")?, count("InCsumErrors")?];
    println!("     InDatagrams {taken}  InCsumErrors {bad}");
    ensure!((taken, bad) == (received.len() as u64, faults.damaged()));

    recording.scene("tcp");
    let received = tcp(&sender, &receiver, go)?;
    println!("TCP  sent {sent}  received {received}");
    recording.remark(&receiver, format!("received {received}"))?;
    ensure!(received == sent, "TCP has lost something");
    let bad = snmp(&receiver, "Tcp", "InCsumErrors")?;
    let again = snmp(&sender, "Tcp", "RetransSegs")?;
    let needed = u64::from(faults.lost() > 0);
    println!("     InCsumErrors {bad}  RetransSegs {needed} or more");
    ensure!(bad == faults.damaged() && again >= needed);
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
