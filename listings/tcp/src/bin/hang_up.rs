//! What each way to hang up sends, and what it is to the peer.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use tcp::wire::{End, Wire};
use wirelab::{Frame, Options, TcpState};

/// End a connection in different ways, and see what is sent.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: ways
/// How a client hangs up.
struct Way {
    scene: &'static str,
    name: &'static str,
    /// Whether a clone of its stream is left.
    clone: bool,
    /// What the server has sent, and the client has not read.
    unread: &'static str,
    hang_up: fn(TcpStream) -> io::Result<Option<TcpStream>>,
    /// What its kernel sends then.
    expect: &'static str,
}

const WAYS: [Way; 5] = [
    Way {
        scene: "shutdown",
        name: "shutdown(Write)",
        clone: false,
        unread: "",
        hang_up: shutdown,
        expect: "FIN ACK",
    },
    Way {
        scene: "drop",
        name: "drop",
        clone: false,
        unread: "",
        hang_up: close,
        expect: "FIN ACK",
    },
    Way {
        scene: "drop_clone",
        name: "drop, a clone is left",
        clone: true,
        unread: "",
        hang_up: close,
        expect: "nothing",
    },
    Way {
        scene: "shutdown_clone",
        name: "shutdown(Write), a clone is left",
        clone: true,
        unread: "",
        hang_up: shutdown,
        expect: "FIN ACK",
    },
    Way {
        scene: "unread",
        name: "drop, data unread",
        clone: false,
        unread: "answer",
        hang_up: close,
        expect: "RST ACK",
    },
];

fn shutdown(stream: TcpStream) -> io::Result<Option<TcpStream>> {
    stream.shutdown(Shutdown::Write)?;
    Ok(Some(stream))
}

fn close(stream: TcpStream) -> io::Result<Option<TcpStream>> {
    drop(stream);
    Ok(None)
}
// ANCHOR_END: ways

// ANCHOR: lab
/// Hangs up, and returns what was sent, and what the peer's read met.
fn hang_up(wire: &mut Wire, way: &Way) -> Result<(String, String)> {
    wire.scene(way.scene)?;
    let (client, mut server) = wire.establish()?;
    let End { at, stream } = client;
    let clone = match way.clone {
        true => Some(stream.try_clone()?),
        false => None,
    };
    if !way.unread.is_empty() {
        wire.says(&server.at, format!("write {:?}", way.unread))?;
        server.stream.write_all(way.unread.as_bytes())?;
        wire.cable.pass("the data")?;
        wire.cable.pass("its ACK")?;
        let unread = way.unread.len() as u32;
        at.host.wait_unread(at.connection, unread)?;
    }
    wire.says(&at, way.name)?;
    let kept = (way.hang_up)(stream)?;

    let mut heard = String::new();
    let sent = match way.expect {
        "nothing" => {
            // Had a FIN been sent, it would be in FIN-WAIT-1.
            wire.is(&at, TcpState::Established)?;
            ensure!(wire.cable.waiting()? == 0, "something was sent");
            "nothing".to_owned()
        }
        _ => {
            let sent = pass(wire)?;
            if sent == "FIN ACK" {
                wire.cable.pass("its ACK")?;
            }
            heard = read(wire, &mut server)?;
            sent
        }
    };
    for stream in [kept, clone].into_iter().flatten() {
        wire.leave(stream);
    }
    wire.leave(server.stream);
    Ok((sent, heard))
}
// ANCHOR_END: lab

// ANCHOR: late
/// The client drops its stream, and then an answer comes.
fn late(wire: &mut Wire) -> Result<(String, String)> {
    wire.scene("late")?;
    let (client, mut server) = wire.establish()?;
    wire.says(&client.at, "drop")?;
    drop(client.stream);
    let fin = pass(wire)?;
    wire.is(&server.at, TcpState::CloseWait)?;
    wire.cable.pass("its ACK")?;
    wire.is(&client.at, TcpState::FinWait2)?;

    wire.says(&server.at, "write \"answer\"")?;
    server.stream.write_all(b"answer")?;
    wire.cable.pass("the answer")?;
    wire.cable.wait("a reset")?;
    wire.is(&client.at, TcpState::Closed)?;
    let reset = pass(wire)?;
    wire.is(&server.at, TcpState::Closed)?;
    let again = server.stream.write_all(b"answer");
    let error = again.err().context("the second write went well")?;
    wire.says(&server.at, format!("write → {error}"))?;
    Ok((format!("{fin}, {reset}"), format!("write: {error}")))
}
// ANCHOR_END: late

/// Lets a segment through, and returns its flags.
fn pass(wire: &mut Wire) -> Result<String> {
    let bytes = wire.cable.pass("what the client sends")?;
    let segment = Frame::new(&bytes).tcp();
    Ok(segment.context("not a TCP segment")?.flags.to_string())
}

/// What the server meets when it reads.
fn read(wire: &mut Wire, server: &mut End) -> Result<String> {
    let met = match server.stream.read(&mut [0; 16]) {
        Ok(0) => "end of file".to_owned(),
        Ok(n) => anyhow::bail!("read {n} bytes"),
        Err(error) => error.to_string(),
    };
    wire.says(&server.at, format!("read → {met}"))?;
    Ok(format!("read: {met}"))
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    for way in &WAYS {
        let (sent, heard) = hang_up(&mut wire, way)?;
        print(way.name, &sent, &heard);
        ensure!(sent == way.expect, "not {}", way.expect);
    }
    let (sent, heard) = late(&mut wire)?;
    print("drop, data comes afterwards", &sent, &heard);
    ensure!(sent == "FIN ACK, RST");
    lab.save(&wire.trace()?)
}

fn print(way: &str, sent: &str, heard: &str) {
    println!("{way}\n  sent {sent}");
    if !heard.is_empty() {
        println!("  the peer's {heard}");
    }
}
