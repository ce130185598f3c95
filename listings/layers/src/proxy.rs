//! A proxy of layer 4: it ends a connection, and passes its bytes on over
//! another one.

use std::io;
use std::net::{Shutdown, TcpStream};
use std::thread;

// ANCHOR: relay
/// Passes the bytes of two connections on to each other, until both
/// directions have ended. How many there were: to the server, and back.
///
/// # Errors
/// When a connection is reset, or says nothing for too long. Both are ended
/// then.
pub fn relay(
    client: &TcpStream,
    server: &TcpStream,
) -> io::Result<[u64; 2]> {
    thread::scope(|scope| {
        let there = scope.spawn(|| pump(client, server));
        let back = pump(server, client);
        let there = there.join().expect("pump never panics");
        Ok([there?, back?])
    })
}

/// One direction. The end of the one stream becomes the end of the other.
fn pump(mut from: &TcpStream, mut to: &TcpStream) -> io::Result<u64> {
    let copied = io::copy(&mut from, &mut to);
    // After an error the other direction has nothing to wait for.
    let how = match &copied {
        Ok(_) => Shutdown::Write,
        Err(_) => Shutdown::Both,
    };
    // Who has ended already needn't be told.
    let _ = to.shutdown(how);
    if copied.is_err() {
        let _ = from.shutdown(how);
    }
    copied
}
// ANCHOR_END: relay
