//! What an acknowledgement says, what it doesn't, and who else reads along.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::Read;
use tcp::wire::{At, End, Wire};
use wirelab::{Frame, Options};

/// Send an order over TCP: to a program that never reads it, to one that
/// answers, and through a cable that changes it.
#[derive(Parser)]
struct Cli {
    /// Eight characters or more
    #[arg(default_value = "pay 0012")]
    order: String,
    #[command(flatten)]
    lab: Options,
}

fn read(wire: &mut Wire, end: &mut End) -> Result<String> {
    let mut text = [0; 100];
    let length = end.stream.read(&mut text).context("read")?;
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    wire.says(&end.at, format!("read {text:?}"))?;
    Ok(text)
}

/// What the kernel at an end has: written but not acknowledged, and come in
/// but not read.
fn buffers(at: &At) -> Result<(u32, u32)> {
    let socket = at.host.socket(at.connection)?;
    let socket = socket.context("the kernel knows no connection")?;
    Ok((socket.unacknowledged, socket.unread))
}

// ANCHOR: unread
/// The order is acknowledged, and the program that should read it ends.
fn unread(wire: &mut Wire, order: &str) -> Result<()> {
    wire.scene("unread")?;
    let (mut client, server) = wire.establish()?;
    wire.write(&mut client, order)?;
    let frame = wire.cable.pass("the order")?;
    wire.cable.pass("its ACK")?;

    let (unacknowledged, _) = buffers(&client.at)?;
    let (_, unread) = buffers(&server.at)?;
    println!("client: {unacknowledged} bytes not acknowledged");
    println!("server: {unread} bytes not read");
    ensure!((unacknowledged, unread) == (0, order.len() as u32));
    let seen = Frame::new(&frame).payload().unwrap_or_default();
    println!("cable:  {:?}", String::from_utf8_lossy(seen));

    wire.says(&server.at, "drop, without a read")?;
    drop(server.stream);
    wire.cable.pass("the reset")?;
    let error = client.stream.read(&mut [0]).err();
    let error = error.context("the client read something")?;
    println!("server dropped it; client read: {error}");
    wire.says(&client.at, "read → Connection reset by peer")
}
// ANCHOR_END: unread

// ANCHOR: answered
/// The program at the other end reads the order, and says so.
fn answered(wire: &mut Wire, order: &str) -> Result<()> {
    wire.scene("answered")?;
    let (mut client, mut server) = wire.establish()?;
    wire.write(&mut client, order)?;
    wire.cable.pass("the order")?;
    wire.cable.pass("its ACK")?;
    let got = read(wire, &mut server)?;
    wire.write(&mut server, &format!("done: {got}"))?;
    wire.cable.pass("the answer")?;
    wire.cable.pass("its ACK")?;
    let answer = read(wire, &mut client)?;
    println!("server answered; client read {answer:?}");
    ensure!(answer == format!("done: {order}"));
    wire.leave(client.stream);
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: answered

// ANCHOR: changed
/// The cable swaps two words of 16 bits: the checksum stays as it was.
fn changed(wire: &mut Wire, order: &str) -> Result<()> {
    wire.scene("changed")?;
    let (mut client, mut server) = wire.establish()?;
    wire.write(&mut client, order)?;
    let payload = order.len();
    wire.cable.change("the order", |frame| {
        let start = frame.len() - payload;
        let (left, right) = frame[start..].split_at_mut(6);
        left[4..].swap_with_slice(&mut right[..2]);
    })?;
    wire.cable.pass("its ACK")?;
    let got = read(wire, &mut server)?;
    println!("client wrote {order:?}, server read {got:?}");
    let (unacknowledged, _) = buffers(&client.at)?;
    ensure!(unacknowledged == 0, "the checksum found it");
    wire.leave(client.stream);
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: changed

fn main() -> Result<()> {
    let Cli { order, lab } = Cli::parse();
    ensure!(order.len() >= 8, "{order:?} is too short");
    let mut wire = Wire::new()?;
    unread(&mut wire, &order)?;
    answered(&mut wire, &order)?;
    changed(&mut wire, &order)?;
    lab.save(&wire.trace()?)
}
