//! Connections over which lines are exchanged, each wait with a deadline.

use socket2::SockRef;
use std::io::{self, BufRead, ErrorKind};
use std::net::{SocketAddr, TcpListener, TcpStream};
use tcp::DEADLINE;

/// How long a line may be, in bytes, with its end.
pub const LONGEST: u64 = 500;

/// A listener at an address. Its `accept` waits no longer than
/// [`DEADLINE`].
///
/// # Errors
/// When the address is not this machine's, or is in use.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let listener = TcpListener::bind(address)?;
    // SO_RCVTIMEO: on Linux accept heeds it, too (socket(7)).
    SockRef::from(&listener).set_read_timeout(Some(DEADLINE))?;
    Ok(listener)
}

/// A listener at a free port of loopback.
///
/// # Errors
/// When no port is left.
pub fn listen_anywhere() -> io::Result<TcpListener> {
    listen(SocketAddr::from(([127, 0, 0, 1], 0)))
}

/// Waits for somebody who calls.
///
/// # Errors
/// `WouldBlock` when nobody does before [`DEADLINE`].
pub fn accept(listener: &TcpListener) -> io::Result<TcpStream> {
    let (stream, _) = listener.accept()?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

/// Calls somebody who waits.
///
/// # Errors
/// `ConnectionRefused` when nobody waits there.
pub fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&address, DEADLINE)?;
    stream.set_read_timeout(Some(DEADLINE))?;
    Ok(stream)
}

/// The next line, without its end.
///
/// # Errors
/// `UnexpectedEof` when the stream ends before the line does, `InvalidData`
/// when the line is longer than [`LONGEST`] or no UTF-8.
pub fn read_line(from: impl BufRead) -> io::Result<String> {
    let mut line = vec![];
    from.take(LONGEST).read_until(b'\n', &mut line)?;
    if line.last() != Some(&b'\n') {
        return Err(match line.len() as u64 {
            LONGEST => io::Error::new(
                ErrorKind::InvalidData,
                format!("a line of more than {LONGEST} bytes"),
            ),
            n => io::Error::new(
                ErrorKind::UnexpectedEof,
                format!("the end came after {n} bytes of a line"),
            ),
        });
    }
    line.pop();
    String::from_utf8(line).map_err(|_| {
        io::Error::new(ErrorKind::InvalidData, "not UTF-8")
    })
}
