//! A server sends all of its answer, and its client can't read all of it.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::{Domain, SockRef, Socket, Type};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use tcp::DEADLINE;

/// Answer without reading all that the client says, and hang up: at once,
/// and as one should.
#[derive(Parser)]
struct Cli {
    /// How long the answer is
    #[arg(long, default_value_t = 200_000)]
    bytes: usize,
}

/// The server needs the first line, and has no use for the second.
pub const REQUEST: &[u8] = b"GET answer\nand much that nobody reads\n";
pub const FIRST_LINE: usize = 11;

/// A connection on loopback. The server's kernel takes all of the answer at
/// once, and the client's a part of it.
pub fn connect() -> Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    client.set_recv_buffer_size(16 << 10)?;
    client.connect(&listener.local_addr()?.into())?;
    let client = TcpStream::from(client);
    let (server, _) = listener.accept()?;
    SockRef::from(&server).set_send_buffer_size(256 << 10)?;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(DEADLINE))?;
    }
    Ok((client, server))
}

// ANCHOR: answer
/// The client asks; the server reads a line, and writes all of its answer.
pub fn ask_and_answer(
    client: &mut TcpStream,
    server: &mut TcpStream,
    bytes: usize,
) -> Result<()> {
    client.write_all(REQUEST)?;
    server.read_exact(&mut [0; FIRST_LINE])?;
    server.write_all(&vec![b'x'; bytes]).context("write_all")
}
// ANCHOR_END: answer

// ANCHOR: hang_up
/// The server closes, and the second line is unread. What the client reads
/// then, and how that ends.
pub fn at_once(bytes: usize) -> Result<(usize, io::Result<()>)> {
    let (mut client, mut server) = connect()?;
    ask_and_answer(&mut client, &mut server, bytes)?;
    drop(server);
    Ok(read(client))
}

/// The server says that it is done, and reads on until the client is, too.
pub fn after_the_end(bytes: usize) -> Result<(usize, io::Result<()>)> {
    let (mut client, mut server) = connect()?;
    ask_and_answer(&mut client, &mut server, bytes)?;
    server.shutdown(Shutdown::Write)?;
    let outcome = read(client);
    io::copy(&mut server, &mut io::sink())?;
    drop(server);
    Ok(outcome)
}

/// Reads to the end, and closes.
fn read(mut client: TcpStream) -> (usize, io::Result<()>) {
    let mut answer = vec![];
    let end = client.read_to_end(&mut answer);
    (answer.len(), end.map(|_| ()))
}
// ANCHOR_END: hang_up

fn print(outcome: &(usize, io::Result<()>), bytes: usize) {
    let (read, end) = outcome;
    println!("  server write_all: Ok");
    let how_much = match *read == bytes {
        true => "all",
        false => "a part",
    };
    match end {
        Ok(()) => {
            println!("  client read {how_much}, then end of file")
        }
        Err(e) => println!("  client read {how_much}, then {e}"),
    }
}

fn main() -> Result<()> {
    let Cli { bytes } = Cli::parse();
    println!("the server closes, and part of the request is unread");
    let outcome = at_once(bytes)?;
    print(&outcome, bytes);
    let error = outcome.1.err().context("no error")?;
    ensure!(error.kind() == ErrorKind::ConnectionReset, "{error}");

    println!("the server shuts down, reads to the end, and closes");
    let outcome = after_the_end(bytes)?;
    print(&outcome, bytes);
    ensure!(outcome.0 == bytes && outcome.1.is_ok(), "not all");
    Ok(())
}
