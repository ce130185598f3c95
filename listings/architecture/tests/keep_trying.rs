//! A client that reaches itself, and a server that comes too late.

#![cfg(target_os = "linux")]

use std::io::ErrorKind;
use std::net::TcpListener;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/keep_trying.rs"]
mod keep_trying;
use keep_trying::{ephemeral_port, keep_trying};

#[test]
fn who_keeps_trying_reaches_itself_and_holds_the_port() {
    let server = ephemeral_port().unwrap();
    let stream = keep_trying(server).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), server);
    assert_eq!(stream.local_addr().unwrap(), server);
    let late = TcpListener::bind(server).unwrap_err();
    assert_eq!(late.kind(), ErrorKind::AddrInUse);
    drop(stream);
}

#[test]
fn a_server_that_is_there_is_reached_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let server = listener.local_addr().unwrap();
    let stream = keep_trying(server).unwrap();
    assert_eq!(stream.peer_addr().unwrap(), server);
    assert_ne!(stream.local_addr().unwrap(), server);
}
