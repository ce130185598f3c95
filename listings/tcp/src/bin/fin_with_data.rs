//! Puts the last data and the FIN into two segments, and into one.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use socket2::SockRef;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use tcp::wait_until;
use tcp::wire::Wire;
use wirelab::{Frame, Options, TcpState};

/// Write, close, and see which segment carries the FIN.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// Once more, in two writes, and with Nagle's algorithm
    #[arg(long)]
    two_writes: bool,
}

// ANCHOR: ways
/// How a client writes before it closes.
struct Way {
    name: &'static str,
    set: fn(&TcpStream) -> io::Result<()>,
    says: &'static str,
    writes: &'static [&'static str],
    /// What its kernel sends.
    expect: &'static [&'static str],
}

const APART: Way = Way {
    name: "apart",
    set: |_| Ok(()),
    says: "TCP_NODELAY",
    writes: &["question"],
    expect: &["PSH ACK with 8 bytes", "FIN ACK"],
};

const TOGETHER: Way = Way {
    name: "together",
    set: cork,
    says: "TCP_CORK",
    writes: &["question"],
    expect: &["FIN PSH ACK with 8 bytes"],
};
// ANCHOR_END: ways

const TWO_WRITES: Way = Way {
    name: "two_writes",
    set: |stream| stream.set_nodelay(false),
    says: "nothing set",
    writes: &["ques", "tion"],
    expect: &["PSH ACK with 4 bytes", "FIN PSH ACK with 4 bytes"],
};

#[cfg(target_os = "linux")]
fn cork(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_tcp_cork(true)
}

#[cfg(not(target_os = "linux"))]
fn cork(stream: &TcpStream) -> io::Result<()> {
    SockRef::from(stream).set_tcp_nodelay(false)
}

// ANCHOR: lab
/// A client writes and closes, and only then does a segment pass.
fn write_and_close(wire: &mut Wire, way: &Way) -> Result<()> {
    wire.scene(way.name)?;
    let (mut client, mut server) = wire.establish()?;
    (way.set)(&client.stream)?;
    wire.says(&client.at, way.says)?;
    for part in way.writes {
        wire.says(&client.at, format!("write {part:?}"))?;
        client.stream.write_all(part.as_bytes())?;
    }
    wire.says(&client.at, "shutdown(Write)")?;
    client.stream.shutdown(Shutdown::Write)?;
    wire.is(&client.at, TcpState::FinWait1)?;

    let sent = pass(wire, way.expect.len())?;
    println!("{:<11} {}", way.name, sent.join(", "));
    ensure!(sent == way.expect, "not {}", way.expect.join(", "));
    wire.is(&server.at, TcpState::CloseWait)?;
    wire.cable.pass("the ACK of the FIN")?;
    wire.is(&client.at, TcpState::FinWait2)?;

    // The kernel has acknowledged all of it. Now the program reads.
    let mut question = String::new();
    server.stream.read_to_string(&mut question)?;
    wire.says(&server.at, format!("read → {question:?}"))?;
    wire.says(&server.at, "read → 0, end of file")?;
    wire.leave(client.stream);
    wire.leave(server.stream);
    Ok(())
}
// ANCHOR_END: lab

/// Lets through what the client has sent, when all of it is in the cable.
fn pass(wire: &mut Wire, segments: usize) -> Result<Vec<String>> {
    let mut sent = vec![];
    for n in 1..=segments {
        // Each segment but the last has been acknowledged by itself.
        wait_until("the client's segments", || {
            Ok(wire.cable.waiting()? == segments)
        })?;
        let bytes = wire.cable.pass("a segment")?;
        let frame = Frame::new(&bytes);
        let flags = frame.tcp().context("not a segment")?.flags;
        ensure!(flags.fin == (n == segments), "another order");
        sent.push(match frame.payload() {
            Some(data) if !data.is_empty() => {
                format!("{flags} with {} bytes", data.len())
            }
            _ => flags.to_string(),
        });
    }
    for _ in 1..segments {
        wire.cable.pass("an ACK of the data")?;
    }
    Ok(sent)
}

fn main() -> Result<()> {
    let Cli { lab, two_writes } = Cli::parse();
    let mut wire = Wire::new()?;
    write_and_close(&mut wire, &APART)?;
    write_and_close(&mut wire, &TOGETHER)?;
    if two_writes {
        write_and_close(&mut wire, &TWO_WRITES)?;
    }
    lab.save(&wire.trace()?)
}
