//! What makes delivery reliable, over UDP: a number, an acknowledgement and
//! a timeout. And what happens without one of them.
//!
//! The wire may differ: a message is sent again when the clock says so.

use anyhow::{ensure, Result};
use clap::{Parser, ValueEnum};
use comparison::faults::{Faults, RECEIVER, SENDER};
use std::io::ErrorKind;
use std::net::UdpSocket;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::time::{Duration, Instant};
use wirelab::{Cable, Decision, End, Host, Options, Passing};
use wirelab::{Recording, DEADLINE};

/// Send seven messages over UDP through a bad cable, each when the one
/// before it is acknowledged.
#[derive(Parser)]
struct Cli {
    /// Leave one part out, and nothing else is run
    #[arg(long)]
    without: Option<Part>,
    #[command(flatten)]
    lab: Options,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Part {
    Number,
    Ack,
    Timeout,
}
use Part::{Ack, Number, Timeout};

const MESSAGES: &[u8; 7] = b"abcdefg";

// ANCHOR: send
/// How long to wait for an acknowledgement; and how long, without that part,
/// until the lab is over.
const TIMEOUT: Duration = Duration::from_millis(250);
const FOR_EVER: Duration = Duration::from_millis(500);

/// Sends each message until it is acknowledged.
fn send(socket: &UdpSocket, without: Option<Part>) -> Result<()> {
    for (number, &message) in (b'1'..).zip(MESSAGES) {
        let (packet, answer) = match without {
            Some(Number) => (vec![message], b'+'),
            _ => (vec![number, message], number),
        };
        loop {
            socket.send(&packet)?;
            match without {
                Some(Ack) => break,
                Some(Timeout) => match heard(socket, answer, FOR_EVER)?
                {
                    true => break,
                    false => return Ok(()),
                },
                _ if heard(socket, answer, TIMEOUT)? => break,
                _ => {} // again
            }
        }
    }
    Ok(())
}

/// Waits for an acknowledgement. Others are of what was sent before.
fn heard(
    socket: &UdpSocket,
    answer: u8,
    limit: Duration,
) -> Result<bool> {
    let start = Instant::now();
    loop {
        let left = limit.saturating_sub(start.elapsed());
        if left.is_zero() {
            return Ok(false);
        }
        socket.set_read_timeout(Some(left))?;
        let mut packet = [0];
        match socket.recv(&mut packet) {
            Ok(1) if packet == [answer] => return Ok(true),
            Err(error) if error.kind() != ErrorKind::WouldBlock => {
                return Err(error.into());
            }
            _ => {}
        }
    }
}
// ANCHOR_END: send

// ANCHOR: receive
/// Takes what comes until the sender says with an empty datagram that it is
/// done; answers that, too.
fn receive(
    socket: &UdpSocket,
    without: Option<Part>,
) -> Result<String> {
    let mut received = String::new();
    let mut next = b'1';
    loop {
        let mut packet = [0; 2];
        let length = socket.recv(&mut packet)?;
        let answer = match packet[..length] {
            [message] => {
                received.push(char::from(message));
                b'+'
            }
            [number, message] if number == next => {
                received.push(char::from(message));
                next += 1;
                number
            }
            // It was here before: its sender may not have heard of that.
            [number, _] if number < next => number,
            [_, _] => continue,
            _ => {
                socket.send(&[])?;
                return Ok(received);
            }
        };
        if without != Some(Ack) {
            socket.send(&[answer])?;
        }
    }
}
// ANCHOR_END: receive

// ANCHOR: cable
/// The faults of the other lab, in each run from the start; or none, and
/// every frame takes its time.
fn faults(
    slow: Arc<AtomicBool>,
) -> Result<impl FnMut(&Passing) -> Decision> {
    let faults: Faults = ".->.2!.".parse()?;
    let mut number = 0;
    Ok(move |passing: &Passing| {
        let data = passing.frame.payload().unwrap_or_default();
        if slow.load(Ordering::Relaxed) {
            return Decision::Delay(Duration::from_millis(10));
        }
        if passing.from == End::Far {
            return Decision::Pass;
        }
        number = if data.is_empty() { 0 } else { number + 1 };
        match number {
            0 => Decision::Pass,
            _ => faults.decide(number, passing),
        }
    })
}
// ANCHOR_END: cable

struct Ends {
    from: UdpSocket,
    to: UdpSocket,
}

impl Ends {
    /// Both ends at once. What the receiver got.
    fn run(&self, without: Option<Part>) -> Result<String> {
        std::thread::scope(|scope| {
            let receiving = scope.spawn(|| receive(&self.to, without));
            send(&self.from, without)?;
            self.from.send(&[])?;
            self.from.set_read_timeout(Some(DEADLINE))?;
            while self.from.recv(&mut [0])? > 0 {}
            receiving.join().expect("receive never panics")
        })
    }
}

fn main() -> Result<()> {
    let Cli { without, lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let slow = Arc::new(AtomicBool::new(false));
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        faults(slow.clone())?,
    )?;
    sender.learn(&receiver)?;
    receiver.learn(&sender)?;
    let from = sender.run(|| UdpSocket::bind(SENDER))?;
    let to = receiver.run(|| UdpSocket::bind(RECEIVER))?;
    from.connect(RECEIVER)?;
    to.connect(SENDER)?;
    to.set_read_timeout(Some(DEADLINE))?;
    let ends = Ends { from, to };
    let mut recording = Recording::of(&[&sender, &receiver])?;

    println!("sent             {}", MESSAGES.escape_ascii());
    for (part, scene, expected) in [
        (None, "all", "abcdefg"),
        (Some(Number), "number", "abbccefg"),
        (Some(Ack), "ack", "a"),
        (Some(Timeout), "timeout", "a"),
    ] {
        if without.is_some() && without != part {
            continue;
        }
        recording.scene(scene);
        let name = match part {
            None => "all parts".to_owned(),
            Some(_) => format!("without {scene}"),
        };
        let received = ends.run(part)?;
        println!("{name:15}  {received}");
        recording.remark(&receiver, format!("received {received}"))?;
        ensure!(received == expected, "expected {expected}");
    }
    let trace = recording.so_far()?;
    if without.is_none() {
        slow.store(true, Ordering::Relaxed);
        let start = Instant::now();
        let received = ends.run(None)?;
        let took = start.elapsed();
        let n = received.len();
        println!("each frame delayed: {n} messages in {took:.1?}");
        ensure!(took >= Duration::from_millis(7 * 20), "too fast");
    }
    cable.pull()?;
    lab.save(&trace)
}
