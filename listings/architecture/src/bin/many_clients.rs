//! Many connections to one port, all of them at the same time.

use anyhow::{ensure, Context, Result};
use architecture::descriptors;
use architecture::table::{rows, TcpState};
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use clap::Parser;
use std::collections::HashSet;
use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use tcp::wait_until;

/// Connect many clients to one port, and hang up none.
#[derive(Parser)]
struct Cli {
    #[arg(default_value_t = 400)]
    clients: u64,
}

/// Both ends of a connection.
pub struct Both {
    pub client: TcpStream,
    pub server: TcpStream,
}

// ANCHOR: connect_all
/// Connects so many clients to one listener. All of them stay connected.
pub fn connect_all(
    listener: &TcpListener,
    clients: u64,
) -> Result<Vec<Both>> {
    let address = listener.local_addr()?;
    let connections = (1..=clients).map(|n| {
        let client = connect(address)
            .with_context(|| format!("client {n} can't connect"))?;
        let server = accept(listener)
            .with_context(|| format!("client {n} isn't accepted"))?;
        ensure!(server.peer_addr()? == client.local_addr()?);
        Ok(Both { client, server })
    });
    connections.collect()
}
// ANCHOR_END: connect_all

// ANCHOR: ask_all
/// Every client asks before the first is answered. How many get the answer
/// that is for them.
pub fn ask_all(connections: &[Both]) -> Result<usize> {
    for (n, both) in connections.iter().enumerate() {
        writeln!(&both.client, "client {n}")?;
    }
    for both in connections {
        let question = read_line(BufReader::new(&both.server))?;
        writeln!(&both.server, "hello, {question}")?;
    }
    let mut right = 0;
    for (n, both) in connections.iter().enumerate() {
        let answer = read_line(BufReader::new(&both.client))?;
        right += usize::from(answer == format!("hello, client {n}"));
    }
    Ok(right)
}
// ANCHOR_END: ask_all

fn main() -> Result<()> {
    let Cli { clients } = Cli::parse();
    // Both ends are here, and a few descriptors are for other things.
    descriptors::allow(2 * clients + 20)?;
    let listener = listen_anywhere()?;
    let connections = connect_all(&listener, clients)?;
    println!("{clients} clients, and none has hung up");

    // ANCHOR: distinct
    let (mut ours, mut theirs) = (HashSet::new(), HashSet::new());
    let mut pairs = HashSet::new();
    for Both { server, .. } in &connections {
        let (here, there) = (server.local_addr()?, server.peer_addr()?);
        ours.insert(here);
        theirs.insert(there);
        pairs.insert((here, there));
    }
    println!("different sockets of the server   {}", ours.len());
    println!("different sockets of the clients  {}", theirs.len());
    println!("different pairs of sockets        {}", pairs.len());
    // ANCHOR_END: distinct
    let address = listener.local_addr()?;
    // The kernel writes its table while others come and go: a row may be
    // missing, or there twice. Each is known by its client.
    let mut open = HashSet::new();
    wait_until("the kernel's table to have them all", || {
        let rows = rows()?.into_iter().filter(|row| {
            row.local == address && row.state == TcpState::Established
        });
        open.extend(rows.map(|row| row.remote));
        Ok(open.len() >= connections.len())
    })?;
    println!("ESTABLISHED at the server's port  {}", open.len());
    let right = ask_all(&connections)?;
    println!("all asked; answered rightly       {right}");
    ensure!(ours.len() == 1 && pairs.len() == connections.len());
    ensure!(right == connections.len(), "an answer went astray");
    Ok(())
}
