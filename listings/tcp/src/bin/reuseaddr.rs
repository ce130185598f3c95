//! Binds a port again while an old connection still waits on it, with and
//! without the options that are said to help.

use anyhow::{ensure, Result};
use clap::Parser;
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io::{self, Read};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::{
    unused_address, wait_for_close, wait_for_time_wait, DEADLINE,
};

/// Bind a port again while its last connection is in TIME_WAIT.
#[derive(Parser)]
struct Cli {}

// ANCHOR: listen
/// What std does, system call by system call, with an option of our choice.
fn listen(
    address: SocketAddr,
    set_option: fn(&Socket) -> io::Result<()>,
) -> io::Result<TcpListener> {
    let domain = Domain::for_address(address);
    let socket =
        Socket::new(domain, Type::STREAM, Some(Protocol::TCP))?;
    set_option(&socket)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}

/// A way to make a listener.
#[derive(Clone, Copy)]
pub struct Way {
    name: &'static str,
    pub listen: fn(SocketAddr) -> io::Result<TcpListener>,
}

pub const PLAIN: Way =
    Way { name: "no option", listen: |a| listen(a, |_| Ok(())) };
pub const REUSEADDR: Way = Way {
    name: "SO_REUSEADDR",
    listen: |a| listen(a, |s| s.set_reuse_address(true)),
};
pub const REUSEPORT: Way =
    Way { name: "SO_REUSEPORT", listen: |a| listen(a, reuse_port) };
pub const STD: Way =
    Way { name: "std", listen: |a| TcpListener::bind(a) };
// ANCHOR_END: listen

#[cfg(unix)]
fn reuse_port(socket: &Socket) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(not(unix))]
fn reuse_port(_: &Socket) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Which end of a connection closes first.
#[derive(Clone, Copy, PartialEq)]
pub enum First {
    Server,
    Client,
}

// ANCHOR: stop
/// Serves one client and stops. Returns the server's address.
pub fn serve_and_stop(way: Way, first: First) -> Result<SocketAddr> {
    let listener = (way.listen)(unused_address()?)?;
    let address = listener.local_addr()?;
    let client = TcpStream::connect(address)?;
    let client_port = client.local_addr()?.port();
    let (server, _) = listener.accept()?;

    let (closes_first, mut closes_last) = match first {
        First::Server => (server, client),
        First::Client => (client, server),
    };
    drop(closes_first);
    closes_last.set_read_timeout(Some(DEADLINE))?;
    let n = closes_last.read(&mut [0])?;
    ensure!(n == 0, "expected the end of file");
    drop(closes_last);

    match first {
        First::Server => wait_for_time_wait(address.port())?,
        First::Client => {
            wait_for_time_wait(client_port)?;
            wait_for_close(address.port())?;
        }
    }
    Ok(address)
}
// ANCHOR_END: stop

/// Binds an address again, and prints a row of the table.
fn row(
    earlier: Way,
    later: Way,
    works: bool,
    address: SocketAddr,
) -> Result<()> {
    let outcome = (later.listen)(address);
    let said = match &outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => format!("{:?}", error.kind()),
    };
    println!("  {:<13} {:<13} {said}", earlier.name, later.name);
    ensure!(outcome.is_ok() == works, "Linux is said to do otherwise");
    Ok(())
}

fn main() -> Result<()> {
    Cli::parse();
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let option = SockRef::from(&listener).reuse_address()?;
    println!("std sets SO_REUSEADDR: {option}");

    println!("the server closed first: TIME_WAIT on its port");
    println!("  earlier       later         bind again");
    // ANCHOR: table
    for (earlier, later, works) in [
        (PLAIN, PLAIN, false),
        (PLAIN, REUSEADDR, false),
        (REUSEADDR, PLAIN, false),
        (REUSEADDR, REUSEADDR, true),
        (STD, STD, true),
    ] {
        let address = serve_and_stop(earlier, First::Server)?;
        row(earlier, later, works, address)?;
    }
    // ANCHOR_END: table

    println!("the client closed first: TIME_WAIT on the client's");
    let address = serve_and_stop(PLAIN, First::Client)?;
    row(PLAIN, PLAIN, true, address)?;

    println!("nothing closed: the earlier listener still listens");
    for (way, works) in [(REUSEADDR, false), (REUSEPORT, true)] {
        let alive = (way.listen)(unused_address()?)?;
        row(way, way, works, alive.local_addr()?)?;
    }
    Ok(())
}
