//! Many connections at once, and that none is in the way of another.

use architecture::descriptors;
use architecture::talk::{accept, connect, listen_anywhere, read_line};
use std::collections::HashSet;
use std::io::{BufReader, Write};
use std::process::Command;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/many_clients.rs"]
mod many_clients;
use many_clients::{ask_all, connect_all};

#[test]
fn four_hundred_clients_of_one_host_are_connected_to_one_port() {
    descriptors::allow(1000).unwrap();
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let connections = connect_all(&listener, 400).unwrap();
    let pairs: HashSet<_> = connections
        .iter()
        .map(|both| {
            let server = &both.server;
            assert_eq!(server.local_addr().unwrap(), address);
            let client = &both.client;
            assert_eq!(client.peer_addr().unwrap(), address);
            let from = server.peer_addr().unwrap();
            assert_eq!(client.local_addr().unwrap(), from);
            assert_eq!(from.ip(), address.ip());
            (from, address)
        })
        .collect();
    assert_eq!(pairs.len(), 400);
    assert_eq!(ask_all(&connections).unwrap(), 400);
}

#[test]
fn a_third_party_gets_through_while_two_are_talking() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let first = connect(address).unwrap();
    let to_first = accept(&listener).unwrap();
    writeln!(&first, "I am in the middle of").unwrap();
    let third = connect(address).unwrap();
    let to_third = accept(&listener).unwrap();
    writeln!(&third, "hello").unwrap();
    let line = |stream| read_line(BufReader::new(stream)).unwrap();
    assert_eq!(line(&to_third), "hello");
    assert_eq!(line(&to_first), "I am in the middle of");
    writeln!(&first, "a sentence").unwrap();
    assert_eq!(line(&to_first), "a sentence");
}

#[cfg(target_os = "linux")]
#[test]
fn one_port_number_at_two_addresses_makes_two_connections() {
    use socket2::{Domain, Socket, Type};
    use std::net::SocketAddr;

    let listener = listen_anywhere().unwrap();
    let server = listener.local_addr().unwrap().into();
    let call = |from: SocketAddr| {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&from.into())?;
        socket.connect(&server)?;
        std::io::Result::Ok(socket)
    };
    let first = call(([127, 0, 0, 1], 0).into()).unwrap();
    let port = first.local_addr().unwrap().as_socket().unwrap().port();
    // Both at once, unless somebody else has that port there.
    let second = call(([127, 0, 0, 2], port).into()).unwrap();
    let peers = [(); 2].map(|()| {
        accept(&listener).unwrap().peer_addr().unwrap().to_string()
    });
    assert_eq!(
        peers,
        [format!("127.0.0.1:{port}"), format!("127.0.0.2:{port}")]
    );
    drop((first, second));
}

#[cfg(unix)]
#[test]
fn without_descriptors_it_says_which_client_was_one_too_many() {
    let program = env!("CARGO_BIN_EXE_many_clients");
    // 60 descriptors are not enough for 40 clients and their other ends.
    let script = format!("ulimit -n 60 && exec {program} 40");
    let output =
        Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.starts_with("Error: client "), "{text}");
    assert!(text.contains("Too many open files"), "{text}");
}
