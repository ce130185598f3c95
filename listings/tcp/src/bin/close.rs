//! Ends a connection twice: with four segments, and with three.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::Read;
use std::net::Shutdown;
use tcp::wire::{End, Wire};
use wirelab::{Frame, Options, TcpState};

/// Close a TCP connection between two hosts: first with a server that waits
/// before it closes too, then with one that doesn't.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: four
/// The server closes when its acknowledgement is long on its way.
fn four(wire: &mut Wire) -> Result<Vec<String>> {
    wire.scene("four")?;
    let (client, mut server) = wire.establish()?;
    let mut segments = first_fin(wire, &client)?;
    wire.is(&server.at, TcpState::CloseWait)?;
    segments.push(flags(&wire.cable.pass("the ACK")?)?);
    wire.is(&client.at, TcpState::FinWait2)?;

    read_to_end(wire, &mut server)?;
    segments.extend(last_fin(wire, client, server)?);
    Ok(segments)
}
// ANCHOR_END: four

// ANCHOR: three
/// The server closes at once. Its kernel hasn't sent an acknowledgement yet,
/// and puts it into the FIN. It waits some 40 ms for such a chance: when this
/// program is not in time, it plays the scene again.
fn three(wire: &mut Wire) -> Result<Vec<String>> {
    wire.scene("three")?;
    for _ in 0..20 {
        let (client, mut server) = wire.establish()?;
        let mut segments = first_fin(wire, &client)?;
        wire.is(&server.at, TcpState::CloseWait)?;
        read_to_end(wire, &mut server)?;
        segments.extend(last_fin(wire, client, server)?);
        if segments.len() == 3 {
            return Ok(segments);
        }
    }
    anyhow::bail!("twenty times, the server's kernel was faster")
}
// ANCHOR_END: three

/// The client closes its direction.
fn first_fin(wire: &mut Wire, client: &End) -> Result<Vec<String>> {
    wire.says(&client.at, "shutdown(Write)")?;
    client.stream.shutdown(Shutdown::Write)?;
    wire.cable.wait("the first FIN")?;
    wire.is(&client.at, TcpState::FinWait1)?;
    Ok(vec![flags(&wire.cable.pass("the first FIN")?)?])
}

fn read_to_end(wire: &mut Wire, server: &mut End) -> Result<()> {
    ensure!(server.stream.read(&mut [0])? == 0, "no end of file");
    wire.says(&server.at, "read → 0, end of file")
}

/// The server closes its direction, and all that is still to come comes.
fn last_fin(
    wire: &mut Wire,
    client: End,
    server: End,
) -> Result<Vec<String>> {
    wire.says(&server.at, "drop")?;
    drop(server.stream);
    wire.cable.wait("the second FIN")?;
    wire.is(&server.at, TcpState::LastAck)?;
    let mut segments = vec![];
    while segments.last().map(String::as_str) != Some("FIN ACK") {
        segments.push(flags(&wire.cable.pass("the second FIN")?)?);
    }
    wire.is(&client.at, TcpState::TimeWait)?;
    segments.push(flags(&wire.cable.pass("the last ACK")?)?);
    wire.is(&server.at, TcpState::Closed)?;
    Ok(segments)
}

fn flags(bytes: &[u8]) -> Result<String> {
    let segment = Frame::new(bytes).tcp();
    Ok(segment.context("not a TCP segment")?.flags.to_string())
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    let waits = four(&mut wire)?;
    println!("the server waits:   {}", waits.join(", "));
    ensure!(waits == ["FIN ACK", "ACK", "FIN ACK", "ACK"]);
    let hurries = three(&mut wire)?;
    println!("it closes at once:  {}", hurries.join(", "));
    ensure!(hurries == ["FIN ACK", "FIN ACK", "ACK"]);
    lab.save(&wire.trace()?)
}
