//! Two hosts, each of them a server on one connection and a client on the
//! other.

use anyhow::{ensure, Context, Result};
use architecture::table::{rows, Row, TcpState};
use architecture::talk::{accept, connect, listen, read_line};
use clap::Parser;
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use wirelab::{Gate, Host, Options, Recording, Trace};

/// Let host a visit a greeter on host b, which asks a counter on host a.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// On host a.
const COUNTER: &str = "172.16.10.1:7001";
/// On host b.
const GREETER: &str = "172.16.10.2:7000";

// ANCHOR: lab
/// A visit, one frame at a time.
fn visit() -> Result<Trace> {
    wirelab::enter()?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let (at_a, at_b) = ((&a, "172.16.10.1/24"), (&b, "172.16.10.2/24"));
    let mut cable = Gate::between(at_a, at_b)?;
    let mut recording = Recording::of(&[&a, &b])?;
    let (counter, greeter) = (COUNTER.parse()?, GREETER.parse()?);
    recording.remark(&a, "counter: listen at 7001")?;
    let counting = a.run(|| listen(counter))?;
    recording.remark(&b, "greeter: listen at 7000")?;
    let greeting = b.run(|| listen(greeter))?;

    recording.remark(&a, "visitor: connect to b:7000")?;
    let visitor = call(&a, greeter, &mut cable)?;
    let visited = accept(&greeting)?;
    recording.remark(&b, "greeter: accept")?;
    say(&visitor, "Li", &visited, &mut cable)?;

    recording.remark(&b, "greeter: connect to a:7001")?;
    let asking = call(&b, counter, &mut cable)?;
    let asked = accept(&counting)?;
    recording.remark(&a, "counter: accept")?;
    say(&asking, "next", &asked, &mut cable)?;
    say(&asked, "1", &asking, &mut cable)?;
    say(&visited, "Hello, visitor 1!", &visitor, &mut cable)?;
    show(&a, &counting)?;
    show(&b, &greeting)?;
    recording.so_far()
}

/// Connects, and lets the three segments through.
fn call(
    from: &Host,
    to: SocketAddr,
    cable: &mut Gate,
) -> Result<TcpStream> {
    let calling = from.spawn(move || connect(to))?;
    for segment in ["the SYN", "the SYN ACK", "the ACK"] {
        cable.pass(segment)?;
    }
    calling.join().expect("connect never panics").context("connect")
}

/// Sends a line, and reads it at the other end.
fn say(
    mut from: &TcpStream,
    line: &str,
    to: &TcpStream,
    cable: &mut Gate,
) -> Result<()> {
    from.write_all(format!("{line}\n").as_bytes())?;
    cable.pass(line)?;
    cable.pass("its ACK")?;
    let heard = read_line(BufReader::new(to))?;
    ensure!(heard == line, "not {line:?} but {heard:?}");
    Ok(())
}
// ANCHOR_END: lab

/// Prints what a host's kernel has of its connections.
fn show(host: &Host, listener: &TcpListener) -> Result<()> {
    let waits_at = listener.local_addr()?.port();
    let mut table = host.run(rows)?;
    let is_server = |row: &Row| row.local.port() == waits_at;
    table.sort_by_key(|row| {
        (row.state != TcpState::Listen, !is_server(row))
    });
    let states: Vec<_> = table.iter().map(|row| row.state).collect();
    for row in &table {
        let role = match (row.state, is_server(row)) {
            (TcpState::Listen, _) => "waits",
            (_, true) => "server",
            (_, false) => "client",
        };
        println!(
            "{}  {:<11}  {} {role}",
            host.name(),
            row.state,
            row.local
        );
    }
    use TcpState::{Established, Listen};
    ensure!(states == [Listen, Established, Established], "{states:?}");
    Ok(())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = visit()?;
    lab.save(&trace)
}
