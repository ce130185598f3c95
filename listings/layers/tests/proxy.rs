//! The proxy between a client and a server of the tests' own.

#[allow(dead_code)]
#[path = "../src/bin/proxy.rs"]
mod proxy;

use layers::DEADLINE;
use proxy::{connect, listen, serve};
use socket2::SockRef;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::process::Command;
use std::thread::{self, JoinHandle};
use std::time::Duration;

type Serving = JoinHandle<anyhow::Result<[u64; 2]>>;

/// The client's stream, the server's, and the proxy between them.
fn both() -> (TcpStream, TcpStream, Serving) {
    let (server, front) = (listen().unwrap(), listen().unwrap());
    let behind = server.local_addr().unwrap();
    let address = front.local_addr().unwrap();
    let serving = thread::spawn(move || serve(&front, behind));
    let client = connect(address).unwrap();
    let (stream, _) = server.accept().unwrap();
    stream.set_read_timeout(Some(DEADLINE)).unwrap();
    (client, stream, serving)
}

fn said(arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_proxy"));
    let output = command.args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_server_sees_the_proxy() {
    let said = said(&[]);
    assert!(said.contains("its peer is the client: false"), "{said}");
    assert!(said.contains("5 bytes there, 9 bytes back"), "{said}");
}

#[test]
fn a_proxy_with_nobody_behind_it_accepts_all_the_same() {
    let said = said(&["--nobody"]);
    let (without, through) = said.split_once("through").unwrap();
    assert!(!without.contains("Ok"), "{said}");
    assert!(through.contains("connect → Ok"), "{said}");
    assert!(through.contains("read → 0 bytes"), "{said}");
}

/// Exercise 2.
#[test]
fn the_end_of_one_direction_leaves_the_other() {
    let (mut client, mut server, serving) = both();
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(server.read(&mut [0]).unwrap(), 0);
    server.write_all(b"I go on").unwrap();
    let mut bytes = [0; 7];
    client.read_exact(&mut bytes).unwrap();
    assert_eq!(&bytes, b"I go on");
    drop(server);
    assert_eq!(client.read(&mut [0]).unwrap(), 0);
    assert_eq!(serving.join().unwrap().unwrap(), [0, 7]);
}

#[test]
fn bytes_of_any_kind_pass_in_both_directions_at_once() {
    const SIZE: usize = 1 << 20;
    let bytes = |step: usize| -> Vec<u8> {
        (0..SIZE).map(|n| ((n * step) >> 3) as u8).collect()
    };
    let (client, server, serving) = both();
    let ends =
        [(client, bytes(7), bytes(5)), (server, bytes(5), bytes(7))];
    thread::scope(|scope| {
        for (stream, out, expected) in &ends {
            scope.spawn(move || {
                let mut stream = stream;
                stream.write_all(out).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
            });
            scope.spawn(move || {
                let (mut stream, mut got) = (stream, vec![]);
                stream.read_to_end(&mut got).unwrap();
                assert!(got == *expected, "{} bytes", got.len());
            });
        }
    });
    let size = SIZE as u64;
    assert_eq!(serving.join().unwrap().unwrap(), [size, size]);
}

#[test]
fn a_reset_on_one_side_ends_the_other() {
    for client_resets in [true, false] {
        let (client, server, serving) = both();
        let (reset, mut other) = match client_resets {
            true => (client, server),
            false => (server, client),
        };
        let linger = Some(Duration::ZERO);
        SockRef::from(&reset).set_linger(linger).unwrap();
        drop(reset);
        // The end, or an error: in any case not the timeout.
        if let Err(why) = other.read(&mut [0]) {
            assert_ne!(why.kind(), std::io::ErrorKind::WouldBlock);
        }
        let error = serving.join().unwrap().unwrap_err();
        let error = error.downcast::<std::io::Error>().unwrap();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
    }
}
