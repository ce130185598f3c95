//! One socket is both ends of a connection.

use anyhow::{ensure, Result};
use architecture::table::rows;
use clap::Parser;
use socket2::{Domain, Socket, Type};
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::{wait_until, DEADLINE};

/// Connect a socket to itself, write to it and read from it.
#[derive(Parser)]
struct Cli {}

// ANCHOR: connect
/// Binds a free port, and calls that very port.
pub fn connect_to_oneself() -> io::Result<TcpStream> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into())?;
    let own_address = socket.local_addr()?;
    socket.connect_timeout(&own_address, DEADLINE)?;
    socket.set_read_timeout(Some(DEADLINE))?;
    Ok(socket.into())
}
// ANCHOR_END: connect

// ANCHOR: main
fn main() -> Result<()> {
    Cli::parse();
    let mut stream = connect_to_oneself()?;
    let (here, there) = (stream.local_addr()?, stream.peer_addr()?);
    println!("here  {here}\nthere {there}");
    ensure!(here == there, "that is somebody else");

    stream.write_all(b"hello")?;
    println!("wrote \"hello\"");
    let mut buffer = [0; 5];
    stream.read_exact(&mut buffer)?;
    println!("read  {:?}", String::from_utf8_lossy(&buffer));

    let mut sockets = vec![];
    wait_until("one socket, and no listener", || {
        sockets = rows()?;
        sockets.retain(|row| row.local == here);
        Ok(sockets.len() == 1)
    })?;
    println!("state {}", sockets[0].state);
    let server = TcpListener::bind(here);
    let error = server.err().map(|error| error.to_string());
    println!("a server there: {}", error.as_deref().unwrap_or("Ok"));
    ensure!(error.is_some(), "nobody held the port");
    Ok(())
}
// ANCHOR_END: main
