//! Sends in both directions of one connection at the same time, and shows
//! when the two get in each other's way.

use anyhow::{ensure, Result};
use clap::Parser;
use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;
use tcp::DEADLINE;

/// Have both ends of a connection write before they read, a little and a
/// lot; and then a lot again, while they read.
#[derive(Parser)]
struct Cli {
    /// How many bytes each end writes, when it is a lot
    #[arg(default_value_t = 64 << 20)]
    bytes: usize,
}

/// How long a write of a lot may find no room: nobody reads yet.
const PATIENCE: Duration = Duration::from_millis(500);

// ANCHOR: one_after_the_other
/// Writes so many bytes, and then reads as many.
pub fn write_then_read(
    mut stream: &TcpStream,
    bytes: usize,
) -> io::Result<()> {
    stream.write_all(&vec![b'x'; bytes])?;
    stream.read_exact(&mut vec![0; bytes])
}

/// Reads so many bytes, and then writes as many.
pub fn read_then_write(
    mut stream: &TcpStream,
    bytes: usize,
) -> io::Result<()> {
    stream.read_exact(&mut vec![0; bytes])?;
    stream.write_all(&vec![b'x'; bytes])
}
// ANCHOR_END: one_after_the_other

// ANCHOR: at_once
/// Writes on one thread, and reads on another.
pub fn write_and_read(
    mut stream: &TcpStream,
    bytes: usize,
) -> io::Result<()> {
    thread::scope(|scope| {
        let mut half = stream;
        let writes =
            scope.spawn(move || half.write_all(&vec![b'x'; bytes]));
        let read = stream.read_exact(&mut vec![0; bytes]);
        writes.join().expect("writing never panics").and(read)
    })
}
// ANCHOR_END: at_once

pub type Exchange = fn(&TcpStream, usize) -> io::Result<()>;

// ANCHOR: both
/// What becomes of both ends of a new connection, each on its thread. A
/// write waits so long for room, and the streams outlive both threads.
pub fn both(
    client: Exchange,
    server: Exchange,
    bytes: usize,
    patience: Duration,
) -> Result<[io::Result<()>; 2]> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let ours = TcpStream::connect(listener.local_addr()?)?;
    let theirs = listener.accept()?.0;
    for stream in [&ours, &theirs] {
        stream.set_read_timeout(Some(DEADLINE))?;
        stream.set_write_timeout(Some(patience))?;
    }
    Ok(thread::scope(|scope| {
        let server = scope.spawn(|| server(&theirs, bytes));
        let client = client(&ours, bytes);
        [client, server.join().expect("the server never panics")]
    }))
}
// ANCHOR_END: both

/// Prints what came of it. Whether both ends got everything.
fn show(
    what: &str,
    exchange: Exchange,
    bytes: usize,
    patience: Duration,
) -> Result<bool> {
    println!("{what}, {bytes} bytes each way");
    let ends = both(exchange, exchange, bytes, patience)?;
    for (name, end) in ["client", "server"].iter().zip(&ends) {
        match end {
            Ok(()) => println!("  {name}: wrote all, read all"),
            Err(error) => println!("  {name}: {error}"),
        }
    }
    let stuck = |end: &io::Result<()>| {
        let kind = end.as_ref().err().map(io::Error::kind);
        kind == Some(ErrorKind::WouldBlock)
    };
    let done = ends.iter().all(Result::is_ok);
    ensure!(done || ends.iter().all(stuck), "one alone was stuck");
    Ok(done)
}

fn main() -> Result<()> {
    let Cli { bytes } = Cli::parse();
    let little = bytes.min(1000);
    let one_by_one = "write, then read";
    ensure!(show(one_by_one, write_then_read, little, DEADLINE)?);
    let done = show(one_by_one, write_then_read, bytes, PATIENCE)?;
    ensure!(!done || bytes < 64 << 20, "so much fits nowhere");
    let at_once = "write and read at once";
    ensure!(show(at_once, write_and_read, bytes, DEADLINE)?);
    Ok(())
}
