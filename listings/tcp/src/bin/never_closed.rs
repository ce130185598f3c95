//! A server that doesn't close: what its client's kernel does about it.

use anyhow::{ensure, Result};
use clap::Parser;
use std::io::Read;
use std::time::Duration;
use tcp::wire::Wire;
use wirelab::{Options, TcpState, Trace};

/// Let a client close, and its server not, until the client's kernel has
/// lost patience.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
/// The client's kernel waits 60 seconds for the server's FIN, unless it is
/// told otherwise. It never waits less than three and a half retransmission
/// timeouts (`tcp_fin_time` in Linux's include/net/tcp.h): 3.5 seconds here.
fn never_closed() -> Result<Trace> {
    let mut wire = Wire::new()?;
    wire.client.set_sysctl("ipv4/tcp_fin_timeout", "1")?;
    wire.client.retransmit_after(Duration::from_secs(1))?;
    let (client, mut server) = wire.establish()?;
    wire.says(&client.at, "drop")?;
    drop(client.stream);
    wire.cable.wait("the client's FIN")?;
    wire.is(&client.at, TcpState::FinWait1)?;
    wire.cable.pass("the client's FIN")?;
    wire.is(&server.at, TcpState::CloseWait)?;
    wire.cable.pass("its ACK")?;
    wire.is(&client.at, TcpState::FinWait2)?;
    ensure!(server.stream.read(&mut [0])? == 0, "no end of file");
    wire.says(&server.at, "read → 0, end of file")?;

    wire.is(&client.at, TcpState::Closed)?;
    println!("the client's kernel has forgotten the connection");
    ensure!(wire.cable.waiting()? == 0, "something was sent");
    wire.is(&server.at, TcpState::CloseWait)?;
    println!("the server's has not: CLOSE-WAIT");

    wire.says(&server.at, "drop")?;
    drop(server.stream);
    wire.cable.wait("the server's FIN")?;
    wire.is(&server.at, TcpState::LastAck)?;
    wire.cable.pass("the server's FIN")?;
    wire.cable.pass("the reset")?;
    wire.is(&server.at, TcpState::Closed)?;
    println!("the server drops its stream: FIN, answered by a reset");
    wire.trace()
}
// ANCHOR_END: lab

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    lab.save(&never_closed()?)
}
