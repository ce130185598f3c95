//! Three libraries, one request: over loopback to a server of this test's,
//! and on the wire.

use architecture::talk::{accept, listen_anywhere};
use std::io::Read;
use std::net::{SocketAddr, TcpStream};
use std::{io, thread};
use wirelab::{play, Frame};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/three_clients.rs"]
mod three_clients;
use three_clients::{ask_socket2, ask_std, ask_tokio, without_new};

#[test]
fn a_server_cannot_tell_which_library_asks() {
    let ways: [fn(SocketAddr) -> io::Result<TcpStream>; 3] =
        [ask_std, ask_socket2, ask_tokio];
    for ask in ways {
        let listener = listen_anywhere().unwrap();
        let address = listener.local_addr().unwrap();
        let asks = thread::spawn(move || drop(ask(address).unwrap()));
        let mut stream = accept(&listener).unwrap();
        let mut bytes = vec![];
        stream.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, b"Li\n");
        asks.join().unwrap();
    }
}

/// What a frame of the client's says, without any number that is new in
/// each connection.
fn told(bytes: &[u8]) -> (String, u16, u16, Vec<u8>, usize) {
    let segment = Frame::new(bytes).tcp().unwrap();
    (
        segment.flags.to_string(),
        segment.destination_port,
        segment.window,
        segment.payload.to_vec(),
        bytes.len(),
    )
}

#[test]
fn the_frames_are_the_same_whichever_library_asks() {
    let program = env!("CARGO_BIN_EXE_three_clients");
    let Some(lab) = play(program).unwrap() else { return };
    let scenes = ["std", "socket2", "tokio"].map(|name| {
        let scene = lab.trace.scene(name).unwrap();
        let sent = scene.sent().filter(|(_, sent)| {
            scene.hosts[sent.host].name == "client"
        });
        sent.map(|(_, sent)| sent.bytes.clone()).collect::<Vec<_>>()
    });
    let [first, others @ ..] = &scenes;
    let flags: Vec<_> = first.iter().map(|f| told(f).0).collect();
    assert_eq!(flags, ["SYN", "ACK", "PSH ACK", "ACK"]);
    assert_eq!(told(&first[2]).3, b"Li\n");
    for other in others {
        assert_eq!(first.len(), other.len());
        for (a, b) in first.iter().zip(other) {
            assert_eq!(told(a), told(b));
            assert_eq!(without_new(a), without_new(b));
        }
    }
}

#[test]
fn only_what_the_kernel_chooses_is_left_out() {
    let program = env!("CARGO_BIN_EXE_three_clients");
    let Some(lab) = play(program).unwrap() else { return };
    let scene = lab.trace.scene("std").unwrap();
    let (_, syn) = scene.sent().next().unwrap();
    let same = without_new(&syn.bytes);
    for (at, byte) in syn.bytes.iter().enumerate() {
        // IPv4's identification and checksum; TCP's source port, numbers
        // and checksum; the SYN's timestamps with their kind and length.
        let new = [18..20, 24..26, 34..36, 38..46, 50..52, 60..70];
        if new.iter().any(|range| range.contains(&at)) {
            assert_eq!(same[at], 0, "{at}");
        } else {
            assert_eq!(same[at], *byte, "{at}");
        }
    }
}
