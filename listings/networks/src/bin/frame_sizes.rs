//! How short and how long a frame may be, when no card is there to see.

use anyhow::{ensure, Result};
use clap::Parser;
use networks::ethernet::{Header, Kind, LONGEST, SHORTEST};
use std::io;
use wirelab::frame::EXPERIMENTAL;
use wirelab::{Cable, Decision, Host, Options, Port};
use wirelab::{Recording, Trace, NO_ADDRESS};

/// Send frames of several sizes over a virtual cable.
#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    lab: Options,
}

/// Invalid argument, and Message too long: errno(3).
const EINVAL: i32 = 22;
const EMSGSIZE: i32 = 90;

// ANCHOR: sizes
fn sizes() -> Result<Trace> {
    wirelab::enter()?;
    let (a, b) = (Host::new("a")?, Host::new("b")?);
    let near = (&a, NO_ADDRESS);
    let far = (&b, NO_ADDRESS);
    let _cable = Cable::between(near, far, |_| Decision::Pass)?;
    let mut recording = Recording::of(&[&a, &b])?;
    let (ours, theirs) = (Port::on(&a, "eth0")?, Port::on(&b, "eth0")?);
    let header = Header {
        destination: b.interfaces()[0].mac,
        source: a.interfaces()[0].mac,
        kind: Kind::Type(EXPERIMENTAL),
    };
    let send = |size| -> io::Result<Vec<u8>> {
        let mut frame = header.to_bytes().to_vec();
        frame.resize(size, b'x');
        ours.send(&frame)?;
        Ok(frame)
    };
    for size in [Header::LENGTH, SHORTEST - 1, LONGEST] {
        let frame = send(size)?;
        let got = theirs.wait("a frame")?;
        ensure!(got == frame, "{size} bytes are {} now", got.len());
        println!("{size:>4} bytes  arrive as {} bytes", got.len());
    }
    let refused =
        [(Header::LENGTH - 1, EINVAL), (LONGEST + 1, EMSGSIZE)];
    for (size, errno) in refused {
        let Err(error) = send(size) else {
            anyhow::bail!("{size} bytes are sent");
        };
        ensure!(error.raw_os_error() == Some(errno), "{error}");
        println!("{size:>4} bytes  {error}");
        recording.remark(&a, format!("{size} bytes → {error}"))?;
    }
    recording.so_far()
}
// ANCHOR_END: sizes

fn main() -> Result<()> {
    let Cli { lab } = Cli::parse();
    lab.save(&sizes()?)
}
