//! A socket that is connected to itself.

#![cfg(target_os = "linux")]

use architecture::table::{rows, TcpState};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener};
use tcp::wait_until;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/self_connect.rs"]
mod self_connect;
use self_connect::connect_to_oneself;

/// The states of all sockets at an address.
fn states(address: SocketAddr) -> Vec<TcpState> {
    let rows = rows().unwrap().into_iter();
    let rows = rows.filter(|row| row.local == address);
    rows.map(|row| row.state).collect()
}

#[test]
fn one_socket_is_both_ends_of_a_connection() {
    let mut stream = connect_to_oneself().unwrap();
    let here = stream.local_addr().unwrap();
    assert_eq!(stream.peer_addr().unwrap(), here);
    wait_until("one socket, and no listener", || {
        Ok(states(here) == [TcpState::Established])
    })
    .unwrap();
    for text in ["hello", "again"] {
        stream.write_all(text.as_bytes()).unwrap();
        let mut heard = [0; 5];
        stream.read_exact(&mut heard).unwrap();
        assert_eq!(&heard, text.as_bytes());
    }
}

#[test]
fn its_end_of_file_is_its_own_and_so_is_the_time_wait() {
    let mut stream = connect_to_oneself().unwrap();
    let here = stream.local_addr().unwrap();
    stream.write_all(b"last words").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    assert_eq!(text, "last words");
    wait_until(
        "TIME-WAIT",
        || Ok(states(here) == [TcpState::TimeWait]),
    )
    .unwrap();
}

#[test]
fn it_holds_the_port_that_a_server_would_want() {
    let stream = connect_to_oneself().unwrap();
    let server = TcpListener::bind(stream.local_addr().unwrap());
    assert_eq!(server.unwrap_err().kind(), ErrorKind::AddrInUse);
}
