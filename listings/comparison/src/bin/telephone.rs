//! The same question by telephone and by letter, and what each puts on the
//! wire.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::socket;
use std::io::Read;
use std::net::{SocketAddr, TcpStream, UdpSocket};
use tcp::wire::{At, End, Wire};
use tcp::DEADLINE;
use wirelab::{Options, TcpState};

/// Ask and answer over TCP, from dialling to hanging up, and over UDP.
#[derive(Parser)]
struct Cli {
    /// How many questions are asked and answered
    #[arg(default_value_t = 1)]
    questions: usize,
    #[command(flatten)]
    lab: Options,
}

const QUESTION: &str = "how much?";
const ANSWER: &str = "twelve";
const ADDRESSEE: &str = "172.16.10.2:7001";

// ANCHOR: call
/// Dials, asks and is answered, and both hang up. Every segment, by its
/// flags.
fn call(wire: &mut Wire, questions: usize) -> Result<Vec<String>> {
    wire.scene("call")?;
    let (mut client, mut server) = dial(wire)?;
    for _ in 0..questions {
        wire.write(&mut client, QUESTION)?;
        wire.cable.pass("the question")?;
        wire.cable.pass("its ACK")?;
        wire.read(&mut server, QUESTION)?;
        wire.write(&mut server, ANSWER)?;
        wire.cable.pass("the answer")?;
        wire.cable.pass("its ACK")?;
        wire.read(&mut client, ANSWER)?;
    }
    hang_up(wire, &client.at, client.stream)?;
    ensure!(server.stream.read(&mut [0])? == 0, "no end of file");
    hang_up(wire, &server.at, server.stream)?;
    wire.is(&client.at, TcpState::TimeWait)?;
    wire.is(&server.at, TcpState::Closed)?;
    let trace = wire.trace()?.scene("call").context("no scene")?;
    let segments = trace.segments().into_iter();
    Ok(segments.map(|(_, flags)| flags).collect())
}

fn dial(wire: &mut Wire) -> Result<(End, End)> {
    let listener = wire.listen()?;
    let (socket, at, _) = wire.socket()?;
    wire.says(&at, "connect")?;
    let dialling = wire.connect(socket)?;
    let (at, server) = wire.accept(&listener)?;
    wire.is(&at, TcpState::Established)?;
    wire.is(&server.at, TcpState::Established)?;
    let stream = dialling.join().expect("connect never panics")?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok((End { at, stream }, server))
}

fn hang_up(wire: &mut Wire, at: &At, stream: TcpStream) -> Result<()> {
    wire.says(at, "drop")?;
    drop(stream);
    wire.cable.pass("the FIN")?;
    wire.cable.pass("its ACK")?;
    Ok(())
}
// ANCHOR_END: call

// ANCHOR: letters
/// Writes, and is written to. How many datagrams it took.
fn letters(wire: &mut Wire, questions: usize) -> Result<usize> {
    wire.scene("letters")?;
    let [client, server] = [wire.client.clone(), wire.server.clone()];
    let theirs = socket(&server, ADDRESSEE)?;
    let ours = socket(&client, "172.16.10.1:5000")?;
    for _ in 0..questions {
        wire.recording.remark(&client, "send_to")?;
        ours.send_to(QUESTION.as_bytes(), ADDRESSEE)?;
        wire.cable.pass("the question")?;
        let sender = receive(&theirs, QUESTION)?;
        wire.recording.remark(&server, "recv_from, send_to")?;
        theirs.send_to(ANSWER.as_bytes(), sender)?;
        wire.cable.pass("the answer")?;
        receive(&ours, ANSWER)?;
        wire.recording.remark(&client, "recv_from")?;
    }
    let trace = wire.trace()?.scene("letters").context("no scene")?;
    Ok(trace.sent().count())
}
// ANCHOR_END: letters

fn receive(socket: &UdpSocket, text: &str) -> Result<SocketAddr> {
    let mut letter = [0; 100];
    let (length, sender) = socket.recv_from(&mut letter)?;
    ensure!(&letter[..length] == text.as_bytes(), "another letter");
    Ok(sender)
}

fn main() -> Result<()> {
    let Cli { questions, lab } = Cli::parse();
    let mut wire = Wire::new()?;
    let segments = call(&mut wire, questions)?;
    println!("telephone: {} segments", segments.len());
    let (dialled, rest) = segments.split_at(3);
    let (talked, hung_up) = rest.split_at(4 * questions);
    println!("  dialled  {}", dialled.join(", "));
    println!("  talked   {}", talked.join(", "));
    println!("  hung up  {}", hung_up.join(", "));
    ensure!(hung_up.len() == 4, "not hung up twice");
    let datagrams = letters(&mut wire, questions)?;
    println!("letters:   {datagrams} datagrams");
    ensure!(datagrams == 2 * questions, "not two for each question");
    lab.save(&wire.trace()?)
}
