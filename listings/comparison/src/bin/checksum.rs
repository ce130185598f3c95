//! What a checksum notices, and what it doesn't.
//!
//! The wire may differ: when TCP sends a damaged segment again depends on
//! the clock.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::faults::{RECEIVER, SENDER};
use networks::counters::snmp;
use networks::ipv4::checksum;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc::{channel, Receiver, Sender};
use wirelab::{wait_until, Cable, Decision, Host, Options, Passing};
use wirelab::{Recording, DEADLINE};

/// Send the same text through a cable that changes it, in two ways.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const SENT: &[u8; 8] = b"1000 EUR";

// ANCHOR: cable
#[derive(Clone, Copy)]
enum Change {
    /// The bits of the first byte are turned over.
    Damage,
    /// The first two words of 16 bits change places.
    Swap,
}

/// Changes the data of one frame each time that it is told to.
fn change(told: Receiver<Change>) -> impl FnMut(&Passing) -> Decision {
    move |passing| {
        let data = passing.frame.payload().unwrap_or_default();
        if data.is_empty() {
            return Decision::Pass;
        }
        let at = passing.frame.bytes().len() - data.len();
        match told.try_recv() {
            Ok(Change::Damage) => Decision::Corrupt(at),
            Ok(Change::Swap) => Decision::Swap(at),
            Err(_) => Decision::Pass,
        }
    }
}
// ANCHOR_END: cable

struct Wire {
    sender: Host,
    receiver: Host,
    change: Sender<Change>,
    recording: Recording,
}

impl Wire {
    fn bad(&self, protocol: &str) -> Result<u64> {
        snmp(&self.receiver, protocol, "InCsumErrors")
    }

    fn say(&mut self, what: &str, text: &str, bad: u64) -> Result<()> {
        println!("{what:22}  {text}  {bad}");
        self.recording.remark(&self.receiver, format!("reads {text}"))
    }

    // ANCHOR: udp
    fn udp(&mut self) -> Result<()> {
        let from = self.sender.run(|| UdpSocket::bind(SENDER))?;
        let to = self.receiver.run(|| UdpSocket::bind(RECEIVER))?;
        to.set_nonblocking(true)?;
        self.change.send(Change::Damage)?;
        from.send_to(SENT, RECEIVER)?;
        wait_until("a wrong checksum", DEADLINE, || {
            let came = to.recv(&mut [0; 100]).map_err(|e| e.kind());
            ensure!(came == Err(ErrorKind::WouldBlock), "{came:?}");
            Ok(self.bad("Udp")? == 1)
        })?;
        self.say("UDP, a byte damaged", "nothing ", 1)?;

        self.change.send(Change::Swap)?;
        from.send_to(SENT, RECEIVER)?;
        to.set_nonblocking(false)?;
        to.set_read_timeout(Some(DEADLINE))?;
        let mut data = [0; SENT.len()];
        let length = to.recv(&mut data).context("recv")?;
        let text = str::from_utf8(&data[..length])?;
        let bad = self.bad("Udp")?;
        self.say("UDP, two words swapped", text, bad)?;
        ensure!((text, bad) == ("0010 EUR", 1), "it was noticed");
        Ok(())
    }
    // ANCHOR_END: udp

    fn tcp(&mut self) -> Result<(TcpStream, TcpStream)> {
        let listener =
            self.receiver.run(|| TcpListener::bind(RECEIVER))?;
        let mut from =
            self.sender.run(|| TcpStream::connect(RECEIVER))?;
        let mut to = listener.accept()?.0;
        to.set_read_timeout(Some(DEADLINE))?;
        for (change, what, right) in [
            (Change::Damage, "TCP, a byte damaged", "1000 EUR"),
            (Change::Swap, "TCP, two words swapped", "0010 EUR"),
        ] {
            self.change.send(change)?;
            from.write_all(SENT)?;
            let mut data = [0; SENT.len()];
            to.read_exact(&mut data).context("read")?;
            let text = str::from_utf8(&data)?;
            let bad = self.bad("Tcp")?;
            self.say(what, text, bad)?;
            ensure!((text, bad) == (right, 1), "not what is due");
        }
        Ok((from, to))
    }
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let [sender, receiver] =
        [Host::new("sender")?, Host::new("receiver")?];
    let (change_next, told) = channel();
    let cable = Cable::between(
        (&sender, "172.16.10.1/24"),
        (&receiver, "172.16.10.2/24"),
        change(told),
    )?;
    sender.learn(&receiver)?;
    receiver.learn(&sender)?;
    let recording = Recording::of(&[&sender, &receiver])?;
    let change = change_next;
    let mut wire = Wire { sender, receiver, change, recording };

    println!("1000 EUR is sent        comes as  InCsumErrors");
    wire.recording.scene("udp");
    wire.udp()?;
    wire.recording.scene("tcp");
    let _streams = wire.tcp()?;
    let again = snmp(&wire.sender, "Tcp", "RetransSegs")?;
    ensure!(again >= 1, "nothing was sent again");
    wire.recording.wait("the last acknowledgement", |trace| {
        let all = trace.summaries();
        all.last().is_some_and(|s| s.from == 1 && !s.lost)
    })?;
    let trace = wire.recording.so_far()?;
    cable.pull()?;
    println!("checksums");
    for text in [SENT, b"0010 EUR", b"\xce000 EUR"] {
        let sum = checksum(text);
        println!("  {sum:#06x}  {}", text.escape_ascii());
    }
    lab.save(&trace)
}
