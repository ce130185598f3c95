//! A program that is a server on one connection and a client on another.

use anyhow::{Context, Result};
use architecture::table::TcpState::{Established, Listen};
use architecture::table::{rows, Row};
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use clap::Parser;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use tcp::wait_until;

/// Visit a greeter that asks a counter which visitor you are.
#[derive(Parser)]
struct Cli {
    /// The visitor's name
    #[arg(default_value = "Li")]
    name: String,
}

// ANCHOR: greet
/// The greeter. The visitor is greeted by its number, and the number is the
/// counter's to give.
pub fn greet(
    listener: &TcpListener,
    counter: SocketAddr,
) -> Result<(TcpStream, TcpStream)> {
    let visitor = accept(listener)?; // a server here
    let name =
        read_line(BufReader::new(&visitor)).context("visitor")?;

    let counter = connect(counter).context("no counter")?; // a client here
    writeln!(&counter, "next")?;
    let number =
        read_line(BufReader::new(&counter)).context("counter")?;
    let number: u32 = number.parse().context("the counter's number")?;

    writeln!(&visitor, "Hello, {name}! You are visitor {number}.")?;
    Ok((visitor, counter))
}
// ANCHOR_END: greet

// ANCHOR: count
/// The counter: a server, and nothing else.
pub fn count(listener: &TcpListener) -> Result<()> {
    let mut number = 0;
    loop {
        let client = accept(listener)?;
        let mut lines = BufReader::new(&client);
        match read_line(&mut lines) {
            Ok(line) if line == "next" => {
                number += 1;
                // Who is gone needs no number.
                let _ = writeln!(&client, "{number}");
                // The client says when it is done.
                let _ = read_line(&mut lines);
            }
            Ok(line) => eprintln!("counter: what is {line:?}?"),
            Err(why) => eprintln!("counter: {why}"),
        }
    }
}
// ANCHOR_END: count

// ANCHOR: visit
/// The visitor: a client, and nothing else.
pub fn visit(
    greeter: SocketAddr,
    name: &str,
) -> Result<(String, TcpStream)> {
    let stream = connect(greeter).context("no greeter")?;
    writeln!(&stream, "{name}")?;
    let answer =
        read_line(BufReader::new(&stream)).context("greeter")?;
    Ok((answer, stream))
}
// ANCHOR_END: visit

// ANCHOR: role
/// What the program is on a connection, by its row in the kernel's table.
pub fn role(row: &Row, listener: SocketAddr) -> &'static str {
    match row.state {
        Listen => "waits for anybody",
        _ if row.local == listener => "was called: it is the server",
        _ => "has called: it is the client",
    }
}
// ANCHOR_END: role

fn main() -> Result<()> {
    let Cli { name } = Cli::parse();
    let counter = listen_anywhere()?;
    let counter_address = counter.local_addr()?;
    thread::spawn(move || count(&counter));
    let listener = listen_anywhere()?;
    let greeter = listener.local_addr()?;
    let greeting = thread::spawn(move || {
        let connections = greet(&listener, counter_address)?;
        anyhow::Ok((listener, connections))
    });
    let (answer, visitor) = visit(greeter, &name)?;
    println!("the visitor reads {answer:?}");
    let (_listener, (_to_visitor, to_counter)) =
        greeting.join().expect("the greeter never panics")?;

    let nobody = "0.0.0.0:0".parse()?;
    let own = [
        (greeter, nobody),
        (greeter, visitor.local_addr()?),
        (to_counter.local_addr()?, counter_address),
    ];
    let mut table = vec![];
    wait_until("a listener and two connections", || {
        let rows = rows()?;
        let find = |ends: &(SocketAddr, SocketAddr)| {
            rows.iter().find(|r| (r.local, r.remote) == *ends).cloned()
        };
        table = own.iter().filter_map(find).collect();
        let states = table.iter().map(|row| row.state);
        Ok(states.eq([Listen, Established, Established]))
    })?;
    println!("the greeter in /proc/net/tcp");
    for row in &table {
        println!("  {:<11}  {}", row.state, role(row, greeter));
    }
    Ok(())
}
