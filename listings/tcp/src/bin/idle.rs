//! Watches an open connection while nobody speaks, and while there is no
//! cable.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tcp::DEADLINE;
use wirelab::TcpState::{Closed, Established};
use wirelab::{Cable, Card, Connection, Decision, Host, Options};
use wirelab::{Recording, TcpState};

/// Connect two hosts, say nothing, unplug the cable and plug it in again.
/// Then unplug it for good.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

const SERVER: &str = "172.16.10.2:7000";
const SILENCE: Duration = Duration::from_secs(1);
/// A busy machine is slow, and is not to be taken for a lost segment.
const PATIENCE: Duration = Duration::from_secs(1);

/// A host, its socket, and its kernel's record of the connection.
struct End {
    host: Host,
    stream: TcpStream,
    record: Connection,
}

impl End {
    fn new(host: Host, stream: TcpStream) -> Result<End> {
        stream.set_read_timeout(Some(DEADLINE))?;
        let record = Connection::of(&stream)?;
        println!(
            "{}  {} → {}",
            host.name(),
            record.local,
            record.remote
        );
        Ok(End { host, stream, record })
    }

    fn state(&self) -> Result<TcpState> {
        self.host.state(self.record)
    }
}

/// Both ends of a connection, and the cable between them.
struct Line {
    client: End,
    server: End,
    cable: Cable,
    recording: Recording,
}

impl Line {
    fn new() -> Result<Line> {
        let hosts = [Host::new("client")?, Host::new("server")?];
        let [client, server] = &hosts;
        let cable = Cable::between(
            (client, "172.16.10.1/24"),
            (server, "172.16.10.2/24"),
            |_| Decision::Pass,
        )?;
        client.learn(server)?;
        server.learn(client)?;
        for host in &hosts {
            host.retransmit_after(PATIENCE)?;
        }
        let mut recording = Recording::of(&[client, server])?;
        let listener = server.run(|| TcpListener::bind(SERVER))?;
        let ours = client.run(|| TcpStream::connect(SERVER))?;
        let theirs = listener.accept()?.0;
        let [client, server] = hosts;
        let client = End::new(client, ours)?;
        let server = End::new(server, theirs)?;
        for end in [&client, &server] {
            recording.state(&end.host, end.record, Established)?;
        }
        Ok(Line { client, server, cable, recording })
    }

    /// How many frames there were so far.
    fn frames(&mut self) -> Result<usize> {
        Ok(self.recording.so_far()?.sent().count())
    }

    fn says(&mut self, what: &str) -> Result<()> {
        self.recording.remark(&self.client.host, what)
    }

    fn states(&self) -> Result<[TcpState; 2]> {
        Ok([self.client.state()?, self.server.state()?])
    }

    fn wait_cards(&self, operational: bool) -> Result<()> {
        for end in [&self.client, &self.server] {
            let want = Card { on: true, operational };
            end.host.wait_card("eth0", want)?;
        }
        Ok(())
    }
}

// ANCHOR: idle
/// Nothing is said for a second, then the cable is out for a moment.
/// Returns how many frames passed meanwhile.
fn idle(line: &mut Line) -> Result<usize> {
    let before = line.frames()?;
    thread::sleep(SILENCE);
    line.says("one silent second")?;
    println!("one silent second: {} frames", line.frames()? - before);

    line.cable.unplug()?;
    line.wait_cards(false)?;
    line.says("the cable is unplugged")?;
    line.cable.plug_in()?;
    line.wait_cards(true)?;
    line.says("and plugged in again")?;
    ensure!(line.states()? == [Established; 2]);
    let frames = line.frames()? - before;
    println!("unplugged, and plugged in again: {frames} frames");
    println!("client ESTABLISHED, server ESTABLISHED");
    Ok(frames)
}
// ANCHOR_END: idle

/// The connection works as before.
fn hello(line: &mut Line) -> Result<()> {
    line.says("write \"hello\"")?;
    line.client.stream.write_all(b"hello")?;
    line.recording.wait("the ACK", |trace| {
        let frames = trace.summaries();
        frames.len() == 5 && frames.iter().all(|frame| !frame.lost)
    })?;
    let mut read = [0; 5];
    line.server.stream.read_exact(&mut read).context("read")?;
    let read = String::from_utf8_lossy(&read);
    println!("client writes \"hello\", server reads {read:?}");
    line.recording.remark(&line.server.host, format!("read {read:?}"))
}

// ANCHOR: gone
/// The cable is out for good. Only who sends can find that out.
fn gone(line: &mut Line) -> Result<()> {
    line.cable.unplug()?;
    line.wait_cards(false)?;
    println!("unplugged for good");
    ensure!(line.states()? == [Established; 2]);
    let stream = &mut line.client.stream;
    give_up_after(stream, PATIENCE)?;
    println!("client write: Ok({})", stream.write(b"still there?")?);
    let error = stream.read(&mut [0]).err().context("it read")?;
    println!("client read:  {error}");
    ensure!(error.kind() == ErrorKind::TimedOut);
    let [client, server] = line.states()?;
    println!("client {client}, server {server}");
    ensure!([client, server] == [Closed, Established]);
    Ok(())
}
// ANCHOR_END: gone

// ANCHOR: user_timeout
/// How long what was written may go unacknowledged: TCP_USER_TIMEOUT.
#[cfg(target_os = "linux")]
fn give_up_after(stream: &TcpStream, time: Duration) -> Result<()> {
    let socket = socket2::SockRef::from(stream);
    socket.set_tcp_user_timeout(Some(time))?;
    Ok(())
}
// ANCHOR_END: user_timeout

#[cfg(not(target_os = "linux"))]
fn give_up_after(_: &TcpStream, _: Duration) -> Result<()> {
    anyhow::bail!("no TCP_USER_TIMEOUT here")
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    wirelab::enter()?;
    let mut line = Line::new()?;
    ensure!(idle(&mut line)? == 0, "somebody spoke");
    hello(&mut line)?;
    let trace = line.recording.so_far()?;
    gone(&mut line)?;
    lab.save(&trace)
}
