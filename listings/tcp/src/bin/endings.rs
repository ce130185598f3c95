//! What the peer of a process sees when the process ends: FIN, a reset, or
//! nothing.

use anyhow::{ensure, Context, Result};
use clap::{Parser, ValueEnum};
use socket2::SockRef;
use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tcp::wire::{At, End, Wire, SERVER};
use wirelab::{Frame, Options, TcpState};

/// End a client's process in different ways, and see what its server hears.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
    /// Be the process that ends
    #[arg(long, hide = true)]
    be: Option<Be>,
}

/// What this program is started as by itself.
#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Be {
    /// A client that exits when its standard input ends.
    Exit,
    /// A client that panics then.
    Panic,
    /// A client that has set SO_LINGER to 0, and exits.
    Linger,
    /// Somebody who holds what he was given as standard output.
    Holder,
}

// ANCHOR: client
/// The process that ends. It doesn't call close.
fn be(role: Be) -> Result<()> {
    let stream = match role {
        Be::Holder => None,
        _ => Some(TcpStream::connect(SERVER)?),
    };
    if let (Be::Linger, Some(stream)) = (role, &stream) {
        SockRef::from(stream).set_linger(Some(Duration::ZERO))?;
    }
    io::stdin().read_to_end(&mut vec![])?;
    match role {
        Be::Panic => panic!("as I was told"),
        _ => std::process::exit(0),
    }
}
// ANCHOR_END: client

// ANCHOR: ending
/// How a process is ended.
struct Ending {
    name: &'static str,
    says: &'static str,
    be: Be,
    /// What the server has sent, and nobody has read.
    unread: &'static [u8],
    end: fn(&mut Child) -> io::Result<()>,
    /// What its kernel sends then.
    expect: &'static str,
}

const ENDINGS: [Ending; 6] = [
    Ending {
        name: "exit",
        says: "exit",
        be: Be::Exit,
        unread: b"",
        end: close_stdin,
        expect: "FIN ACK",
    },
    Ending {
        name: "panic",
        says: "panic",
        be: Be::Panic,
        unread: b"",
        end: close_stdin,
        expect: "FIN ACK",
    },
    Ending {
        name: "SIGTERM",
        says: "killed by SIGTERM",
        be: Be::Exit,
        unread: b"",
        end: terminate,
        expect: "FIN ACK",
    },
    Ending {
        name: "SIGKILL",
        says: "killed by SIGKILL",
        be: Be::Exit,
        unread: b"",
        end: Child::kill,
        expect: "FIN ACK",
    },
    Ending {
        name: "unread",
        says: "exit, 10 bytes unread",
        be: Be::Exit,
        unread: b"never read",
        end: close_stdin,
        expect: "RST ACK",
    },
    Ending {
        name: "linger",
        says: "exit, SO_LINGER 0",
        be: Be::Linger,
        unread: b"",
        end: close_stdin,
        expect: "RST ACK",
    },
];
// ANCHOR_END: ending

fn close_stdin(child: &mut Child) -> io::Result<()> {
    drop(child.stdin.take());
    Ok(())
}

#[cfg(unix)]
fn terminate(child: &mut Child) -> io::Result<()> {
    use nix::sys::signal::{kill, Signal};
    use nix::unistd::Pid;

    kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM)?;
    Ok(())
}

#[cfg(not(unix))]
fn terminate(child: &mut Child) -> io::Result<()> {
    child.kill()
}

// ANCHOR: lab
/// Ends a process, and returns what its kernel sent.
fn end(wire: &mut Wire, ending: &Ending) -> Result<String> {
    wire.scene(ending.name)?;
    let listener = wire.listen()?;
    let mut process = start(wire, ending.be, Stdio::null())?;
    let (client, mut server) = wire.accept(&listener)?;
    wire.recording.forget();
    wire.is(&client, TcpState::Established)?;
    wire.is(&server.at, TcpState::Established)?;
    if !ending.unread.is_empty() {
        wire.says(&server.at, "write \"never read\"")?;
        server.stream.write_all(ending.unread)?;
        wire.cable.pass("the data")?;
        wire.cable.pass("its ACK")?;
        let unread = ending.unread.len() as u32;
        client.host.wait_unread(client.connection, unread)?;
    }

    wire.says(&client, ending.says)?;
    (ending.end)(&mut process)?;
    process.wait()?;
    let sent = last_word(wire)?;
    hear(wire, &mut server)?;
    wire.leave(server.stream);
    Ok(sent)
}

/// A process gives its stream to another one, and closes its own.
fn held(wire: &mut Wire) -> Result<String> {
    wire.scene("held")?;
    let (client, mut server) = wire.establish()?;
    let copy = client.stream.try_clone()?;
    let mut holder = start(wire, Be::Holder, as_output(copy)?)?;
    wire.says(&client.at, "another process holds a copy")?;
    wire.says(&client.at, "drop")?;
    drop(client.stream);
    wire.is(&client.at, TcpState::Established)?;
    ensure!(wire.cable.waiting()? == 0, "something was sent");

    wire.says(&client.at, "the other process ends")?;
    close_stdin(&mut holder)?;
    holder.wait()?;
    let sent = last_word(wire)?;
    hear(wire, &mut server)?;
    wire.leave(server.stream);
    Ok(format!("nothing; when the copy goes, {sent}"))
}
// ANCHOR_END: lab

/// Lets through what the client's kernel sends, and what is answered to it.
fn last_word(wire: &mut Wire) -> Result<String> {
    let bytes = wire.cable.pass("the client's last word")?;
    let segment = Frame::new(&bytes).tcp();
    let flags = segment.context("not a TCP segment")?.flags;
    if flags.fin {
        wire.cable.pass("its ACK")?;
    }
    Ok(flags.to_string())
}

/// What the server meets when it reads.
fn hear(wire: &mut Wire, server: &mut End) -> Result<()> {
    let at: At = server.at.clone();
    match server.stream.read(&mut [0; 16]) {
        Ok(0) => wire.says(&at, "read → 0, end of file"),
        Err(error) if error.kind() == ErrorKind::ConnectionReset => {
            wire.says(&at, "read → Connection reset by peer")
        }
        other => anyhow::bail!("read: {other:?}"),
    }
}

/// Starts this program again, in the client's host.
fn start(wire: &Wire, role: Be, stdout: Stdio) -> Result<Child> {
    let role = role.to_possible_value().context("a role")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["--be", role.get_name()]);
    command.stdin(Stdio::piped()).stdout(stdout);
    command.stderr(Stdio::null());
    let child = wire.client.start(&mut command);
    child.context("can't start a process")
}

#[cfg(unix)]
fn as_output(stream: TcpStream) -> Result<Stdio> {
    Ok(std::os::fd::OwnedFd::from(stream).into())
}

#[cfg(not(unix))]
fn as_output(_: TcpStream) -> Result<Stdio> {
    anyhow::bail!("a stream can't be a standard output here")
}

fn main() -> Result<()> {
    let Cli { lab, be: role } = Cli::parse();
    if let Some(role) = role {
        return be(role);
    }
    let mut wire = Wire::new()?;
    for ending in &ENDINGS {
        let sent = end(&mut wire, ending)?;
        println!("{:<8} {sent}", ending.name);
        ensure!(sent == ending.expect, "not {}", ending.expect);
    }
    println!("{:<8} {}", "held", held(&mut wire)?);
    lab.save(&wire.trace()?)
}
