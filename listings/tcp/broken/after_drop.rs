//! Must not compile: a dropped stream is gone.

use std::io::{self, Write};
use std::net::{TcpListener, TcpStream};

fn main() -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut stream = TcpStream::connect(listener.local_addr()?)?;
    // ANCHOR: after_drop
    stream.write_all(b"question")?;
    drop(stream);
    stream.write_all(b"one more thing")?;
    // ANCHOR_END: after_drop
    Ok(())
}
