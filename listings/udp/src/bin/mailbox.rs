//! One end of a conversation over UDP, for two terminals.

use anyhow::{Context, Result};
use clap::Parser;
use std::net::UdpSocket;

/// Print every datagram that arrives at an address, up to an empty one.
#[derive(Parser)]
struct Cli {
    /// Where to listen, or with TEXTS: where to send
    #[arg(default_value = "127.0.0.1:7001")]
    address: String,
    /// Send each text in a datagram of its own, rather than listen
    texts: Vec<String>,
}

// ANCHOR: listen
pub fn listen(socket: &UdpSocket) -> Result<()> {
    let mut buffer = vec![0; 65_535];
    loop {
        let (n, sender) = socket.recv_from(&mut buffer)?;
        let text = String::from_utf8_lossy(&buffer[..n]);
        println!("{n} bytes from {sender}: {text:?}");
        if n == 0 {
            return Ok(());
        }
    }
}
// ANCHOR_END: listen

pub fn bind(address: &str) -> Result<UdpSocket> {
    UdpSocket::bind(address)
        .with_context(|| format!("can't listen on {address}"))
}

fn main() -> Result<()> {
    let Cli { address, texts } = Cli::parse();
    if texts.is_empty() {
        let socket = bind(&address)?;
        println!("listening on {}", socket.local_addr()?);
        return listen(&socket);
    }
    let socket = udp::socket()?;
    for text in texts {
        let n = socket
            .send_to(text.as_bytes(), &address)
            .with_context(|| format!("can't send to {address}"))?;
        println!("sent {n} bytes");
    }
    Ok(())
}
