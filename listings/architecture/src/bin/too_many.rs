//! A server that has no descriptor left for the next client.

use anyhow::{ensure, Context, Result};
use architecture::descriptors;
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use clap::Parser;
use std::io::{BufReader, Write};
use std::net::TcpListener;

/// Accept a client with no descriptor left, and once more with one.
#[derive(Parser)]
struct Cli {}

// ANCHOR: limit
/// A descriptor that is good for nothing but giving it back. No other one
/// is left to this process.
fn last_descriptor(listener: &TcpListener) -> Result<TcpListener> {
    let last = listener.try_clone()?;
    descriptors::only_below(number(&last) + 1)?;
    Ok(last)
}
// ANCHOR_END: limit

#[cfg(unix)]
fn number(of: &impl std::os::fd::AsRawFd) -> u64 {
    of.as_raw_fd() as u64
}

#[cfg(not(unix))]
fn number(_: &TcpListener) -> u64 {
    0
}

// ANCHOR: main
fn main() -> Result<()> {
    Cli::parse();
    let listener = listen_anywhere()?;
    let mut client = connect(listener.local_addr()?)?;
    let last = last_descriptor(&listener)?;

    println!("no descriptor left");
    let error = accept(&listener).err().context("there was one")?;
    println!("  accept: {error}");
    writeln!(client, "hello")?;
    println!("  the client writes \"hello\": Ok");

    println!("one given back");
    drop(last);
    let server = accept(&listener)?;
    println!("  accept: Ok");
    let line = read_line(BufReader::new(&server))?;
    println!("  the server reads {line:?}");
    ensure!(server.peer_addr()? == client.local_addr()?, "another one");
    Ok(())
}
// ANCHOR_END: main
