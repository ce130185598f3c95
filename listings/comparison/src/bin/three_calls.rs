//! Three calls at the same time, from one host to one port.

use anyhow::Result;
use clap::Parser;
use tcp::wire::Wire;
use wirelab::Options;

/// Hold three connections at once, and speak on all of them.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

// ANCHOR: calls
/// Three calls from one host to one port, all at the same time.
fn calls(wire: &mut Wire) -> Result<()> {
    let mut calls = vec![];
    for name in ["first", "second", "third"] {
        calls.push((name, wire.establish()?));
    }
    for (name, (client, _)) in &mut calls {
        wire.write(client, name)?;
    }
    for _ in &calls {
        // One goes, and its ACK comes.
        wire.in_the_cable(3)?;
        wire.cable.pass("a word")?;
    }
    wire.in_the_cable(3)?;
    for (name, (client, mut server)) in calls {
        wire.cable.pass("its ACK")?;
        wire.read(&mut server, name)?;
        let ports = server.at.connection;
        println!("{name}: {} → {}", ports.remote, ports.local);
        wire.leave(client.stream);
        wire.leave(server.stream);
    }
    Ok(())
}
// ANCHOR_END: calls

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    let mut wire = Wire::new()?;
    calls(&mut wire)?;
    lab.save(&wire.trace()?)
}
