//! A cable that loses a SYN, and later is cut.
//!
//! The wire may differ: how often TCP sends again before it gives up depends
//! on the clock.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::faults::{RECEIVER, SENDER};
use networks::counters::snmp;
use socket2::SockRef;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wirelab::{Cable, Connection, Decision, Host, Options, Passing};
use wirelab::{Recording, TcpState, DEADLINE};

/// Lose a SYN, and later everything.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: cable
/// Loses the first SYN, and all that is sent once it is cut.
fn faults(cut: Arc<AtomicBool>) -> impl FnMut(&Passing) -> Decision {
    let mut first = true;
    move |passing| {
        let syn = passing.frame.tcp().is_some_and(|s| s.flags.syn);
        if cut.load(Ordering::Relaxed) || (syn && first) {
            first = false;
            return Decision::Drop;
        }
        Decision::Pass
    }
}
// ANCHOR_END: cable

// ANCHOR: connect
/// The first SYN is lost. How long it takes to connect.
fn connect(
    sender: &Host,
    receiver: &Host,
) -> Result<(TcpStream, TcpStream)> {
    let listener = receiver.run(|| TcpListener::bind(RECEIVER))?;
    let start = Instant::now();
    let from = sender.run(|| TcpStream::connect(RECEIVER))?;
    let took = start.elapsed();
    let again = snmp(sender, "Tcp", "RetransSegs")?;
    println!("the first SYN is lost: connected after {took:.1?}");
    ensure!(again >= 1 && took >= Duration::from_secs(1));
    Ok((from, listener.accept()?.0))
}
// ANCHOR_END: connect

// ANCHOR: cut
const PATIENCE: Duration = Duration::from_secs(1);

/// What both programs meet when the cable is cut: first the sender's write,
/// which its kernel takes.
fn meet(
    from: &mut TcpStream,
    to: &mut TcpStream,
) -> Result<[String; 3]> {
    SockRef::from(&*from).set_tcp_user_timeout(Some(PATIENCE))?;
    let start = Instant::now();
    let written = from.write(b"hello")?;
    let error = match from.read(&mut [0]) {
        Err(error) if error.kind() == ErrorKind::TimedOut => error,
        other => anyhow::bail!("TCP hasn't given up: {other:?}"),
    };
    ensure!(start.elapsed() >= PATIENCE, "it gave up too soon");
    let next = from.write(b"hello").err().context("it wrote again")?;
    to.set_nonblocking(true)?;
    let read = to.read(&mut [0; 5]).map_err(|e| e.kind());
    ensure!(read == Err(ErrorKind::WouldBlock), "it read {read:?}");
    Ok([
        format!("write → Ok({written})"),
        format!("read → {error}"),
        format!("write → {next}"),
    ])
}
// ANCHOR_END: cut

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let cut = Arc::new(AtomicBool::new(false));
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        faults(cut.clone()),
    )?;
    sender.learn(&receiver)?;
    receiver.learn(&sender)?;
    let mut recording = Recording::of(&[&sender, &receiver])?;

    recording.scene("syn");
    let (mut from, mut to) = connect(&sender, &receiver)?;
    from.write_all(b"hello")?;
    to.set_read_timeout(Some(DEADLINE))?;
    to.read_exact(&mut [0; 5])?;
    recording.wait("the acknowledgement of it", |trace| {
        let all = trace.summaries();
        let mut all = all.iter();
        all.any(|s| s.from == 0 && s.payload.is_some())
            && all.any(|s| s.from == 1 && !s.lost)
    })?;

    recording.scene("cut");
    cut.store(true, Ordering::Relaxed);
    println!("the cable is cut");
    recording.remark(&receiver, "the cable is cut")?;
    let datagrams = sender.run(|| UdpSocket::bind(SENDER))?;
    let sent = datagrams.send_to(b"hello", RECEIVER);
    println!("  UDP sender: send_to → {sent:?}");
    for call in meet(&mut from, &mut to)? {
        println!("  TCP sender: {call}");
        recording.remark(&sender, call)?;
    }
    ensure!(datagrams.take_error()?.is_none(), "UDP has an error");
    let state = receiver.state(Connection::of(&to)?)?;
    println!("  TCP receiver: nothing to read, {state}");
    recording.remark(&receiver, format!("nothing to read, {state}"))?;
    ensure!(sent.is_ok() && state == TcpState::Established);
    let trace = recording.so_far()?;
    cable.pull()?;
    lab.save(&trace)
}
