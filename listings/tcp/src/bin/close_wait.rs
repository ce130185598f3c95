//! A server that forgets its streams, looked at from outside.

use anyhow::{ensure, Context, Result};
use clap::{Parser, ValueEnum};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tcp::sockets::{limit_streams, look, Seen};
use tcp::{wait_until, DEADLINE};

/// Let clients come and go at servers that treat their streams differently,
/// and count what is left of the connections.
#[derive(Parser)]
struct Cli {
    /// How many clients come, one after the other
    #[arg(long, default_value_t = 20)]
    clients: usize,
    /// How many streams each server may have open at once
    #[arg(long)]
    descriptors: Option<u64>,
    /// Be the server that does this
    #[arg(long, hide = true)]
    serve: Option<Does>,
}

/// What a server does with a stream when it has answered.
#[derive(Clone, Copy, PartialEq, Debug, ValueEnum)]
pub enum Does {
    /// It reads no more, and keeps the stream.
    Keep,
    /// It reads to the end of file, and keeps the stream.
    ReadAndKeep,
    /// It reads to the end of file, and drops the stream.
    ReadAndDrop,
}

// ANCHOR: serve
/// Serves until its own standard input ends.
fn serve(does: Does, descriptors: Option<u64>) -> Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?);
    if let Some(number) = descriptors {
        limit_streams(&listener, number)?;
    }
    std::thread::spawn(|| {
        let _ = io::stdin().read_to_end(&mut vec![]);
        std::process::exit(0)
    });
    let mut kept = vec![];
    loop {
        let (mut stream, _) =
            listener.accept().context("can't accept another client")?;
        stream.read_exact(&mut [0; 5])?;
        stream.write_all(b"world")?;
        if does != Does::Keep {
            let rest = stream.read_to_end(&mut vec![])?;
            ensure!(rest == 0, "the client said more");
        }
        if does != Does::ReadAndDrop {
            kept.push(stream); // for later, but there is no later
        }
    }
}
// ANCHOR_END: serve

// ANCHOR: client
/// Asks, reads the answer, and goes.
pub fn visit(server: SocketAddr) -> io::Result<()> {
    let mut stream = TcpStream::connect(server)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    stream.write_all(b"hello")?;
    stream.read_exact(&mut [0; 5])
}
// ANCHOR_END: client

/// A server in a process of its own. It ends when this is dropped.
pub struct Server {
    pub process: Child,
    pub address: SocketAddr,
}

/// Starts this program again, as a server.
pub fn start(
    program: &Path,
    does: Does,
    descriptors: Option<u64>,
) -> Result<Server> {
    let role = does.to_possible_value().context("a role")?;
    let mut command = Command::new(program);
    command.args(["--serve", role.get_name()]);
    if let Some(number) = descriptors {
        command.args(["--descriptors", &number.to_string()]);
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut process = command.spawn().context("no server")?;
    let said = process.stdout.take().context("no output")?;
    let mut line = String::new();
    BufReader::new(said).read_line(&mut line)?;
    let address = line.trim().parse().context("no address")?;
    Ok(Server { process, address })
}

// ANCHOR: after
/// What is left of the connections when so many clients have gone.
pub fn after(
    clients: usize,
    server: &mut Server,
    does: Does,
) -> Result<Seen> {
    for n in 0..clients {
        if visit(server.address).is_err() {
            let process = &mut server.process;
            wait_until("the server's end", || {
                Ok(process.try_wait()?.is_some())
            })?;
            anyhow::bail!("{n} of {clients} clients were served");
        }
    }
    let left = if does == Does::ReadAndDrop { 0 } else { clients };
    let unread = if does == Does::Keep { clients } else { 0 };
    let want = Seen {
        close_wait: left,
        unread,
        descriptors: left,
        fin_wait2: left,
    };
    let mut seen = want;
    wait_until(&format!("{want:?}"), || {
        seen = look(server.process.id(), server.address.port())?;
        Ok(seen == want)
    })
    .with_context(|| format!("and saw {seen:?}"))?;
    Ok(seen)
}
// ANCHOR_END: after

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

fn main() -> Result<()> {
    let Cli { clients, descriptors, serve: role } = Cli::parse();
    if let Some(does) = role {
        return serve(does, descriptors);
    }
    let program = std::env::current_exe()?;
    for (what, does) in [
        ("answers, and keeps the stream", Does::Keep),
        ("reads to the end, and keeps it", Does::ReadAndKeep),
        ("reads to the end, and drops it", Does::ReadAndDrop),
    ] {
        let mut server = start(&program, does, descriptors)?;
        let seen = after(clients, &mut server, does)?;
        println!("a server that {what}: {clients} clients have gone");
        println!("  CLOSE_WAIT at its port      {}", seen.close_wait);
        println!("    with Recv-Q 1             {}", seen.unread);
        println!("    with a descriptor of its  {}", seen.descriptors);
        println!("  FIN_WAIT2 at the clients'   {}", seen.fin_wait2);
        let port = server.address.port();
        drop(server);
        tcp::wait_for_close(port)?;
    }
    println!("each server has ended: CLOSE_WAIT 0");
    Ok(())
}
