//! A server is where it was bound: at one address of its host, or at all.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use networks::story;
use std::io::{self, ErrorKind};
use std::net::{TcpListener, TcpStream};
use wirelab::{Host, Lan, Options, Recording, Trace};

/// Connect to a server that listens at 127.0.0.1, and to one that listens
/// at every address of its host.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: lab
const LOOPBACK: &str = "127.0.0.1:7000";
const OWN: &str = "172.16.10.2:7000";

/// A server bound to each, tried from its own host and from another one.
fn bind_and_try() -> Result<Trace> {
    wirelab::enter()?;
    let lan = Lan::new("switch")?;
    let (client, server) = (Host::new("client")?, Host::new("server")?);
    lan.plug(&client, "172.16.10.1/24")?;
    lan.plug(&server, "172.16.10.2/24")?;
    client.learn(&server)?;
    server.learn(&client)?;
    let mut recording = Recording::of(&[&client, &server])?;
    // Nothing is closed before the end.
    let mut open = vec![];

    for (scene, address) in
        [("loopback", LOOPBACK), ("all", "0.0.0.0:7000")]
    {
        recording.scene(scene);
        let listener = server.run(|| TcpListener::bind(address));
        let listener = listener.context("can't listen")?;
        recording.remark(&server, format!("bind {address}"))?;
        let expected = [true, scene == "all", scene == "all"];
        let tries = [
            (&server, LOOPBACK),
            (&server, OWN),
            // Its kernel asks the server's, over the cable.
            (&client, OWN),
        ];
        for ((host, to), expected) in tries.into_iter().zip(expected) {
            let tried = host.run(|| TcpStream::connect(to));
            let text = format!("connect {to} → {}", said(&tried));
            recording.remark(host, text)?;
            ensure!(tried.is_ok() == expected, "{to}: {tried:?}");
            match tried {
                Ok(stream) => open.push((stream, listener.accept()?)),
                Err(error) => ensure!(
                    error.kind() == ErrorKind::ConnectionRefused,
                    "{to}: {error}"
                ),
            }
        }
    }
    recording.so_far()
}
// ANCHOR_END: lab

fn said<T>(tried: &io::Result<T>) -> String {
    match tried {
        Ok(_) => "Ok".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let trace = bind_and_try()?;
    print!("{}", story(&trace));
    lab.save(&trace)
}
