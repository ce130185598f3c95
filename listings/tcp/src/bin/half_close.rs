//! Ends a connection in two ways: one direction at a time, or both at once.

use anyhow::{ensure, Result};
use clap::Parser;
use socket2::{Domain, Protocol, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;
use tcp::wire::Wire;
use tcp::{wait_until, DEADLINE};
use wirelab::{TcpState, Trace};

/// Send a question over TCP, close one direction or both, and see whether
/// an answer can still arrive. With --pcapng, play the first case between
/// two hosts, with a question of its own.
#[derive(Parser)]
struct Cli {
    /// What the client sends before it closes
    #[arg(default_value = "How many words is this?")]
    question: String,
    #[command(flatten)]
    lab: wirelab::Options,
}

/// How the client says that it has sent everything.
#[derive(Clone, Copy, PartialEq)]
pub enum Goodbye {
    /// I have nothing more to send.
    Shutdown,
    /// I want nothing more to do with this connection.
    Drop,
}

// ANCHOR: client
/// Asks, says goodbye, and returns the answer if it waits for one.
pub fn ask<S: Read + Write>(
    mut stream: S,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
    question: &str,
    goodbye: Goodbye,
) -> io::Result<Option<String>> {
    stream.write_all(question.as_bytes())?;
    match goodbye {
        Goodbye::Shutdown => {
            shutdown(&stream, Shutdown::Write)?;
            let mut answer = String::new();
            stream.read_to_string(&mut answer)?;
            Ok(Some(answer))
        }
        Goodbye::Drop => {
            drop(stream);
            Ok(None)
        }
    }
}
// ANCHOR_END: client

// ANCHOR: server
/// What a server met on one connection.
pub struct Report {
    /// All that came before the end of file.
    pub question: String,
    /// What became of each attempt to write the answer.
    pub writes: Vec<io::Result<usize>>,
}

/// Reads up to the end of file, then answers with the number of words. If
/// the client dropped, waits for its reset and answers once more.
pub fn serve(
    mut stream: TcpStream,
    goodbye: Goodbye,
) -> Result<Report> {
    let mut question = String::new();
    stream.read_to_string(&mut question)?;

    let answer = question.split_whitespace().count().to_string();
    let mut writes = vec![stream.write(answer.as_bytes())];
    if goodbye == Goodbye::Drop {
        wait_until("the reset", || Ok(stream.take_error()?.is_some()))?;
        writes.push(stream.write(answer.as_bytes()));
    }
    Ok(Report { question, writes })
}
// ANCHOR_END: server

// ANCHOR: connect
pub fn connect_std(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

pub fn connect_socket2(server: SocketAddr) -> io::Result<Socket> {
    let domain = Domain::for_address(server);
    let socket =
        Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    socket.connect(&server.into())?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket)
}
// ANCHOR_END: connect

/// Lets client and server talk, and prints what each met.
fn show<S: Read + Write>(
    connect: fn(SocketAddr) -> io::Result<S>,
    shutdown: fn(&S, Shutdown) -> io::Result<()>,
    question: &str,
    goodbye: Goodbye,
) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = connect(listener.local_addr()?)?;
    let (stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(DEADLINE))?;
    let server = thread::spawn(move || serve(stream, goodbye));
    let answer = ask(client, shutdown, question, goodbye)?;
    let report = server.join().expect("the server never panics")?;

    println!("  server read {:?}, then end of file", report.question);
    for write in &report.writes {
        match write {
            Ok(n) => println!("  server write: Ok({n})"),
            Err(error) => println!("  server write: {error}"),
        }
    }
    if let Some(answer) = &answer {
        println!("  client read {answer:?}, then end of file");
    }
    let words = question.split_whitespace().count().to_string();
    let as_told = match &report.writes[..] {
        [Ok(_)] => answer == Some(words),
        [Ok(_), Err(e)] => e.kind() == ErrorKind::BrokenPipe,
        _ => false,
    };
    ensure!(report.question == question, "the question was cut");
    ensure!(as_told, "the answer fared otherwise than the page says");
    Ok(())
}

// ANCHOR: lab
/// The same on two hosts, with a cable between them that lets one frame
/// through at a time.
fn on_the_wire() -> Result<Trace> {
    let mut wire = Wire::new()?;
    let (mut client, mut server) = wire.establish()?;

    wire.says(&client.at, "write \"question\"")?;
    client.stream.write_all(b"question")?;
    wire.cable.pass("the question")?;
    wire.cable.pass("its ACK")?;
    wire.says(&client.at, "shutdown(Write)")?;
    client.stream.shutdown(Shutdown::Write)?;
    wire.cable.wait("the client's FIN")?;
    wire.is(&client.at, TcpState::FinWait1)?;
    wire.cable.pass("the client's FIN")?;
    wire.is(&server.at, TcpState::CloseWait)?;
    wire.cable.pass("its ACK")?;
    wire.is(&client.at, TcpState::FinWait2)?;

    let mut question = String::new();
    server.stream.read_to_string(&mut question)?;
    wire.says(&server.at, format!("read {question:?}, end of file"))?;
    wire.says(&server.at, "write \"late answer\"")?;
    server.stream.write_all(b"late answer")?;
    wire.cable.pass("the answer")?;
    wire.cable.pass("its ACK")?;
    let mut answer = [0; 11];
    client.stream.read_exact(&mut answer)?;
    let answer = String::from_utf8_lossy(&answer);
    wire.says(&client.at, format!("read {answer:?}"))?;

    wire.says(&server.at, "drop")?;
    drop(server.stream);
    wire.cable.wait("the server's FIN")?;
    wire.is(&server.at, TcpState::LastAck)?;
    wire.cable.pass("the server's FIN")?;
    wire.is(&client.at, TcpState::TimeWait)?;
    wire.cable.pass("the last ACK")?;
    wire.is(&server.at, TcpState::Closed)?;
    wire.trace()
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { question, lab } = Cli::parse();
    if lab.pcapng.is_some() {
        return lab.save(&on_the_wire()?);
    }
    for (name, goodbye) in [
        ("shutdown(Write)", Goodbye::Shutdown),
        ("drop", Goodbye::Drop),
    ] {
        println!("{name}, with std");
        show(connect_std, TcpStream::shutdown, &question, goodbye)?;
        println!("{name}, with socket2");
        show(connect_socket2, Socket::shutdown, &question, goodbye)?;
    }
    Ok(())
}
