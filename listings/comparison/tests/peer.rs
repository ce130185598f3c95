//! Two of the listing's peers, and peers of this test's.

use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/peer.rs"]
mod peer;
use peer::{bind, talk, Peer};

const ANY_PORT: ([u8; 4], u16) = ([127, 0, 0, 1], 0);

/// An address that this test has, and that nobody else can take.
fn taken() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind(SocketAddr::from(ANY_PORT)).unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

#[test]
fn a_taken_port_makes_it_take_the_next() {
    let ((_one, first), (_two, second)) = (taken(), taken());
    let addresses = [first, second, ANY_PORT.into()];
    let third = bind(&addresses).unwrap().local_addr().unwrap();
    assert!(third != first && third != second);
    let error = bind(&addresses[..2]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    bind(&[]).unwrap_err();
}

#[test]
fn only_a_taken_port_is_passed_over() {
    // 192.0.2.1 is nobody's: RFC 5737.
    let nowhere: SocketAddr = "192.0.2.1:4000".parse().unwrap();
    let error = bind(&[nowhere, ANY_PORT.into()]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrNotAvailable);
}

#[test]
fn one_socket_asks_and_answers() {
    let any = [ANY_PORT.into()];
    let one = Peer::new("one", &any).unwrap();
    let two = Peer::new("two", &any).unwrap();
    talk(&one, &two).unwrap();
    // No socket was made in between: these are the ports of both roles.
    let (stranger, address) = taken();
    stranger.send_to(b"who is there?", one.address).unwrap();
    assert_eq!(one.answer().unwrap(), address);
    let mut buffer = [0; 100];
    let (n, from) = stranger.recv_from(&mut buffer).unwrap();
    assert_eq!((&buffer[..n], from), (&b"one"[..], one.address));
    one.ask(address).unwrap();
    let (n, from) = stranger.recv_from(&mut buffer).unwrap();
    let asked = (&buffer[..n], from);
    assert_eq!(asked, (&b"who is there?"[..], one.address));
}

#[test]
fn the_program_runs_without_arguments() {
    let run = Command::new(env!("CARGO_BIN_EXE_peer")).output();
    let run = run.unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{said}");
    assert!(said.contains("answers: one"), "{said}");
    assert!(said.contains("answers: two"), "{said}");
}
