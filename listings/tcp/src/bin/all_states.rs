//! Every state of a TCP connection, seen on a kernel.

use anyhow::{ensure, Context, Result};
use clap::Parser;
use std::net::Shutdown;
use tcp::wire::{At, Wire};
use wirelab::Options;
use wirelab::TcpState::{self, *};

/// Open and close connections between two hosts so slowly that each of the
/// eleven states can be seen.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// A wire, and the states that were seen on it.
struct Album {
    wire: Wire,
    seen: Vec<TcpState>,
}

impl Album {
    /// Waits until an end is in a state.
    fn see(&mut self, at: &At, state: TcpState) -> Result<()> {
        self.wire.is(at, state)?;
        if !self.seen.contains(&state) {
            println!("{:<13} {}", state.name(), at.host.name());
            self.seen.push(state);
        }
        Ok(())
    }

    // ANCHOR: opening
    fn opening(&mut self) -> Result<()> {
        self.wire.scene("opening")?;
        let (socket, client, server) = self.wire.socket()?;
        self.see(&client, Closed)?;
        let listening = self.wire.listening()?;
        self.wire.says(&listening, "listen")?;
        let listener = self.wire.listen()?;
        self.see(&listening, Listen)?;

        self.wire.says(&client, "connect")?;
        let connecting = self.wire.connect(socket)?;
        self.wire.cable.wait("the SYN")?;
        self.see(&client, SynSent)?;
        self.wire.cable.pass("the SYN")?;
        self.wire.cable.wait("the SYN ACK")?;
        self.see(&server, SynReceived)?;
        self.wire.cable.pass("the SYN ACK")?;
        self.wire.cable.wait("the ACK")?;
        self.see(&client, Established)?;
        self.wire.cable.pass("the ACK")?;
        self.see(&server, Established)?;

        let accepted = listener.accept().context("accept")?.0;
        let connected = connecting.join().expect("it never panics");
        self.wire.leave(connected.context("connect")?);
        self.wire.leave(accepted);
        Ok(())
    }
    // ANCHOR_END: opening

    // ANCHOR: one_by_one
    /// One end closes, and later the other.
    fn one_by_one(&mut self) -> Result<()> {
        self.wire.scene("one_by_one")?;
        let (client, server) = self.wire.establish()?;
        self.wire.says(&client.at, "shutdown(Write)")?;
        client.stream.shutdown(Shutdown::Write)?;
        self.wire.cable.wait("a FIN")?;
        self.see(&client.at, FinWait1)?;
        self.wire.cable.pass("a FIN")?;
        self.wire.cable.wait("its ACK")?;
        self.see(&server.at, CloseWait)?;
        self.wire.cable.pass("its ACK")?;
        self.see(&client.at, FinWait2)?;

        self.wire.says(&server.at, "shutdown(Write)")?;
        server.stream.shutdown(Shutdown::Write)?;
        self.wire.cable.wait("the other FIN")?;
        self.see(&server.at, LastAck)?;
        self.wire.cable.pass("the other FIN")?;
        self.wire.cable.wait("its ACK")?;
        self.see(&client.at, TimeWait)?;
        self.wire.cable.pass("its ACK")?;
        self.see(&server.at, Closed)
    }
    // ANCHOR_END: one_by_one

    // ANCHOR: at_once
    /// Both ends close before they hear of each other.
    fn at_once(&mut self) -> Result<()> {
        self.wire.scene("at_once")?;
        let (client, server) = self.wire.establish()?;
        for end in [&client, &server] {
            self.wire.says(&end.at, "shutdown(Write)")?;
            end.stream.shutdown(Shutdown::Write)?;
            self.see(&end.at, FinWait1)?;
        }
        for end in [&server, &client] {
            self.wire.cable.pass("a FIN")?;
            self.see(&end.at, Closing)?;
        }
        for end in [&client, &server] {
            self.wire.cable.pass("an ACK")?;
            self.see(&end.at, TimeWait)?;
        }
        Ok(())
    }
    // ANCHOR_END: at_once
}

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut album = Album { wire: Wire::new()?, seen: vec![] };
    album.opening()?;
    album.one_by_one()?;
    album.at_once()?;
    let all = TcpState::ALL;
    let missing = all.iter().find(|s| !album.seen.contains(s));
    ensure!(missing.is_none(), "{missing:?} was not seen");
    lab.save(&album.wire.trace()?)
}
