//! An order, and the one thing that proves that it was read: an answer.

use anyhow::{ensure, Result};
use clap::Parser;
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, ErrorKind, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tcp::{wait_until, DEADLINE};

/// Send the same order to four servers: one answers, one doesn't read it,
/// one reads it and is gone, and one says nothing.
#[derive(Parser)]
struct Cli;

// ANCHOR: order
/// Sends an order, and returns the answer to it. An error doesn't mean that
/// it wasn't read.
pub fn order(
    mut stream: &TcpStream,
    order: &str,
) -> io::Result<String> {
    stream.write_all(format!("{order}\n").as_bytes())?;
    let mut answer = String::new();
    let length = BufReader::new(stream).read_line(&mut answer)?;
    if length == 0 {
        return Err(ErrorKind::UnexpectedEof.into());
    }
    Ok(answer.trim_end().to_owned())
}
// ANCHOR_END: order

// ANCHOR: till
/// What was paid, by the numbers of the orders.
#[derive(Default)]
pub struct Till {
    paid: HashSet<String>,
}

impl Till {
    /// Reads an order, pays it unless it was paid before, and answers.
    pub fn serve(&mut self, mut stream: &TcpStream) -> io::Result<()> {
        let order = read_order(stream)?;
        let new = self.paid.insert(order.clone());
        let answer = if new { "paid" } else { "was paid before" };
        stream.write_all(format!("{order}: {answer}\n").as_bytes())
    }
}
// ANCHOR_END: till

fn read_order(stream: &TcpStream) -> io::Result<String> {
    let mut order = String::new();
    BufReader::new(stream).read_line(&mut order)?;
    Ok(order.trim_end().to_owned())
}

// ANCHOR: servers
/// What a server does with a client's order.
#[derive(Clone, Copy)]
pub enum Server {
    Answers,
    DropsUnread,
    ReadsAndDrops,
    SaysNothing,
}

impl Server {
    /// The stream, if it is still open then.
    fn serve(self, stream: TcpStream) -> Result<Option<TcpStream>> {
        match self {
            Server::Answers => Till::default().serve(&stream)?,
            Server::DropsUnread => wait_until("the order", || {
                Ok(stream.peek(&mut [0; 100])? == "order 7\n".len())
            })?,
            Server::ReadsAndDrops => {
                read_order(&stream)?;
            }
            Server::SaysNothing => return Ok(Some(stream)),
        }
        Ok(None)
    }
}
// ANCHOR_END: servers

/// What the client is told.
pub fn ask(server: Server) -> Result<io::Result<String>> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let stream = listener.accept()?.0;
    stream.set_read_timeout(Some(DEADLINE))?;
    let patience = match server {
        Server::SaysNothing => Duration::from_millis(300),
        _ => DEADLINE,
    };
    client.set_read_timeout(Some(patience))?;
    let server = thread::spawn(move || server.serve(stream));
    let answer = order(&client, "order 7");
    server.join().expect("the server never panics")?;
    Ok(answer)
}

fn main() -> Result<()> {
    Cli::parse();
    for (name, server, expected) in [
        ("answers", Server::Answers, None),
        (
            "never reads, drops",
            Server::DropsUnread,
            Some(ErrorKind::ConnectionReset),
        ),
        (
            "reads, drops",
            Server::ReadsAndDrops,
            Some(ErrorKind::UnexpectedEof),
        ),
        (
            "says nothing",
            Server::SaysNothing,
            Some(ErrorKind::WouldBlock),
        ),
    ] {
        let answer = ask(server)?;
        match &answer {
            Ok(answer) => println!("{name:<19} {answer}"),
            Err(error) => println!("{name:<19} {error}"),
        }
        let kind = answer.err().map(|error| error.kind());
        ensure!(kind == expected, "expected {expected:?}");
    }
    Ok(())
}
