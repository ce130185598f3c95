//! The listing's clients look for servers of this test's.

use socket2::Socket;
use std::io::ErrorKind;
use std::net::{TcpListener, TcpStream, ToSocketAddrs};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/localhost.rs"]
mod localhost;
use localhost::{each, first, LOCALHOST};

/// The listing's server, what keeps others off, and its port.
fn server(n: usize) -> ((TcpListener, Socket), u16) {
    let server = localhost::server(n).unwrap();
    let port = server.0.local_addr().unwrap().port();
    (server, port)
}

#[test]
fn a_server_at_one_address_is_not_at_the_other() {
    for n in [0, 1] {
        let (_server, port) = server(n);
        TcpStream::connect((LOCALHOST[n], port)).unwrap();
        let other = TcpStream::connect((LOCALHOST[1 - n], port));
        let error = other.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}

#[test]
fn who_takes_the_first_address_may_miss_the_server() {
    let (_server, port) = server(0);
    assert_eq!(
        first(port).unwrap().peer_addr().unwrap().ip(),
        LOCALHOST[0]
    );
    let (_server, port) = server(1);
    let error = first(port).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn who_tries_each_finds_it() {
    for (n, address) in LOCALHOST.iter().enumerate() {
        let (_server, port) = server(n);
        let peer = each(port).unwrap().peer_addr().unwrap();
        assert_eq!(peer.ip(), *address);
    }
    // And is refused where nobody is.
    let ((server, _silent), port) = server(0);
    drop(server);
    let error = each(port).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

/// RFC 6761 §6.3. It is `/etc/hosts` that says which.
#[test]
fn whatever_localhost_resolves_to_is_loopback() {
    let addresses: Vec<_> =
        ("localhost", 80).to_socket_addrs().unwrap().collect();
    assert!(!addresses.is_empty());
    for address in addresses {
        assert!(address.ip().is_loopback(), "{address}");
    }
}
