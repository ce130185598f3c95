//! Two programs, and what each of them sees of their connection.

use anyhow::{ensure, Context, Result};
use architecture::talk::{accept, listen, read_line};
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use tcp::DEADLINE;

/// Run a program that waits and one that calls, and let them talk.
#[derive(Parser)]
struct Cli {
    /// Where the first program waits
    #[arg(default_value = "127.0.0.1:0")]
    first: SocketAddr,
    /// From where the second program calls
    #[arg(default_value = "127.0.0.1:0")]
    second: SocketAddr,
    /// Be the first program alone
    #[arg(long)]
    wait: bool,
    /// Be the second program alone
    #[arg(long, conflicts_with = "wait")]
    call: bool,
}

// ANCHOR: talk
/// What either program does when they are connected.
pub fn talk(stream: &TcpStream) -> Result<()> {
    let (here, there) = (stream.local_addr()?, stream.peer_addr()?);
    println!("  here {here}, there {there}");
    writeln!(&*stream, "I am {here}, you are {there}")?;
    let heard = read_line(BufReader::new(stream))?;
    println!("  read {heard:?}");
    ensure!(heard == format!("I am {there}, you are {here}"));
    Ok(())
}
// ANCHOR_END: talk

// ANCHOR: wait
/// The first program: it waits.
pub fn wait(listener: &TcpListener) -> Result<()> {
    let pid = std::process::id();
    println!("pid {pid} waits at {}", listener.local_addr()?);
    let stream = accept(listener).context("nobody called")?;
    talk(&stream)
}
// ANCHOR_END: wait

// ANCHOR: call
/// The second program: it calls.
pub fn call(from: SocketAddr, to: SocketAddr) -> Result<()> {
    println!("pid {} calls {to}", std::process::id());
    let socket =
        Socket::new(Domain::for_address(to), Type::STREAM, None)?;
    socket.bind(&from.into()).with_context(|| format!("not {from}"))?;
    socket
        .connect_timeout(&to.into(), DEADLINE)
        .with_context(|| format!("nobody waits at {to}"))?;
    socket.set_read_timeout(Some(DEADLINE))?;
    let stream = TcpStream::from(socket);
    talk(&stream)?;
    // Who closes first keeps the port for a while. Let it be the other one.
    let more = read_line(BufReader::new(&stream));
    ensure!(more.is_err(), "and then {more:?}");
    Ok(())
}
// ANCHOR_END: call

fn main() -> Result<()> {
    let Cli { first, second, wait: waits, call: calls } = Cli::parse();
    if calls {
        return call(second, first);
    }
    let listener = listen(first)
        .with_context(|| format!("can't wait at {first}"))?;
    if waits {
        return wait(&listener);
    }
    // The same program once more, as a process of its own. What it prints is
    // kept until this one has finished.
    let first = listener.local_addr()?.to_string();
    let other = Command::new(std::env::current_exe()?)
        .args(["--call", &first, &second.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .context("can't start the second program")?;
    let outcome = wait(&listener);
    drop(listener);
    let other = other.wait_with_output()?;
    print!("{}", String::from_utf8_lossy(&other.stdout));
    outcome?;
    ensure!(other.status.success(), "the second: {}", other.status);
    Ok(())
}
