//! A program that is a client and a server on one UDP socket.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use comparison::DEADLINE;
use std::io::{self, ErrorKind};
use std::net::{SocketAddr, UdpSocket};

/// Two peers on one machine: each takes the first address that is free, each
/// asks, and each answers.
#[derive(Parser)]
struct Cli {
    /// Which addresses to try, in this order
    #[arg(default_values_t = (4000..4010).map(|port| SocketAddr::from(([127, 0, 0, 1], port))))]
    addresses: Vec<SocketAddr>,
}

/// A peer: a name, and its only socket.
pub struct Peer {
    pub name: &'static str,
    pub address: SocketAddr,
    socket: UdpSocket,
}

// ANCHOR: bind
/// Binds the first address that is free.
pub fn bind(addresses: &[SocketAddr]) -> io::Result<UdpSocket> {
    let mut taken = ErrorKind::InvalidInput.into(); // there is none to try
    for address in addresses {
        match UdpSocket::bind(address) {
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                println!("{address} is taken");
                taken = error;
            }
            bound => return bound,
        }
    }
    Err(taken)
}
// ANCHOR_END: bind

impl Peer {
    pub fn new(
        name: &'static str,
        addresses: &[SocketAddr],
    ) -> Result<Peer> {
        let socket = bind(addresses)
            .with_context(|| format!("no port for {name}"))?;
        socket.set_read_timeout(Some(DEADLINE))?;
        let address = socket.local_addr()?;
        println!("{name} has {address}");
        Ok(Peer { name, address, socket })
    }

    // ANCHOR: peer
    /// As a client: asks another peer.
    pub fn ask(&self, other: SocketAddr) -> io::Result<()> {
        self.socket.send_to(b"who is there?", other)?;
        Ok(())
    }

    /// As a server: answers whoever asks.
    pub fn answer(&self) -> Result<SocketAddr> {
        let (question, client) = self.receive()?;
        ensure!(question == "who is there?", "asked {question:?}");
        self.socket.send_to(self.name.as_bytes(), client)?;
        println!("{client} asks {}", self.name);
        Ok(client)
    }

    /// As a client again: the answer.
    pub fn hear(&self) -> Result<String> {
        let (answer, server) = self.receive()?;
        println!("{server} answers: {answer}");
        Ok(answer)
    }
    // ANCHOR_END: peer

    fn receive(&self) -> Result<(String, SocketAddr)> {
        let mut buffer = [0; 100];
        let (n, from) = self.socket.recv_from(&mut buffer)?;
        Ok((String::from_utf8_lossy(&buffer[..n]).into(), from))
    }
}

/// Each asks the other, and each answers.
pub fn talk(one: &Peer, two: &Peer) -> Result<()> {
    let (first, second) = (one.address, two.address);
    two.ask(first)?;
    let client = one.answer()?;
    ensure!(client == second, "asked from {client}");
    ensure!(two.hear()? == one.name);
    one.ask(client)?;
    ensure!(two.answer()? == first);
    ensure!(one.hear()? == two.name);
    Ok(())
}

fn main() -> Result<()> {
    let Cli { addresses } = Cli::parse();
    let one = Peer::new("one", &addresses)?;
    let two = Peer::new("two", &addresses)?;
    talk(&one, &two)
}
