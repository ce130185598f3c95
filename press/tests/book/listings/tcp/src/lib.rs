use std::io;
use std::net::{TcpListener, TcpStream};

// ANCHOR: pair
/// Two sockets that are connected with each other.
pub fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let client = TcpStream::connect(listener.local_addr()?)?;
    let (server, _) = listener.accept()?;
    Ok((client, server))
}
// ANCHOR_END: pair
