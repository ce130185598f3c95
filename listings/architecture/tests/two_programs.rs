//! Both programs together, and each of them with a stranger of this test's.

use architecture::talk::{accept, connect, listen_anywhere, read_line};
use socket2::{Domain, Socket, Type};
use std::collections::HashSet;
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::thread;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/two_programs.rs"]
mod two_programs;
use two_programs::{call, talk, wait};

fn loopback() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 0))
}

/// The two ends of a connection: the listing's, and a stranger's.
fn pair() -> (TcpStream, TcpStream) {
    let listener = listen_anywhere().unwrap();
    let stranger = connect(listener.local_addr().unwrap()).unwrap();
    (accept(&listener).unwrap(), stranger)
}

#[test]
fn two_processes_see_one_connection_from_its_two_ends() {
    let program = env!("CARGO_BIN_EXE_two_programs");
    let output = Command::new(program).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    let pids: HashSet<_> = text
        .lines()
        .filter_map(|line| line.strip_prefix("pid "))
        .map(|rest| rest.split_once(' ').unwrap().0.to_owned())
        .collect();
    assert_eq!(pids.len(), 2, "{text}");
    let ends: Vec<_> = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("here "))
        .map(|rest| rest.split_once(", there ").unwrap())
        .collect();
    let [(a, b), (c, d)] = ends[..] else { panic!("{text}") };
    assert_eq!((a, b), (d, c), "{text}");
    assert_ne!(a, b);
}

#[test]
fn the_one_that_waits_talks_to_whoever_calls() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let waits = thread::spawn(move || wait(&listener));
    let stranger = connect(address).unwrap();
    let here = stranger.local_addr().unwrap();
    let heard = read_line(BufReader::new(&stranger)).unwrap();
    assert_eq!(heard, format!("I am {address}, you are {here}"));
    writeln!(&stranger, "I am {here}, you are {address}").unwrap();
    waits.join().unwrap().unwrap();
}

#[test]
fn the_one_that_calls_talks_to_whoever_waits() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    let calls = thread::spawn(move || call(loopback(), address));
    let stranger = accept(&listener).unwrap();
    let peer = stranger.peer_addr().unwrap();
    // The same is said by either, whoever is the first to speak.
    writeln!(&stranger, "I am {address}, you are {peer}").unwrap();
    let heard = read_line(BufReader::new(&stranger)).unwrap();
    assert_eq!(heard, format!("I am {peer}, you are {address}"));
    drop(stranger);
    calls.join().unwrap().unwrap();
}

#[test]
fn who_says_something_else_is_an_error() {
    for said in [&b"\xff\xfe\n"[..], b"hello\n", b"\n", &[b'x'; 1000]] {
        let (ours, mut stranger) = pair();
        stranger.write_all(said).unwrap();
        talk(&ours).unwrap_err();
    }
}

#[test]
fn who_is_cut_off_is_an_error() {
    let (ours, stranger) = pair();
    let here = ours.local_addr().unwrap();
    let there = stranger.local_addr().unwrap();
    let length = format!("I am {there}, you are {here}\n").len();
    for end in 0..length {
        let (ours, mut stranger) = pair();
        let here = ours.local_addr().unwrap();
        let there = stranger.local_addr().unwrap();
        let line = format!("I am {there}, you are {here}\n");
        stranger.write_all(&line.as_bytes()[..end]).unwrap();
        drop(stranger);
        talk(&ours).unwrap_err();
    }
}

#[test]
fn who_is_slow_is_heard_all_the_same() {
    let (ours, mut stranger) = pair();
    let here = ours.local_addr().unwrap();
    let there = stranger.local_addr().unwrap();
    let talks = thread::spawn(move || talk(&ours));
    for byte in format!("I am {there}, you are {here}\n").bytes() {
        stranger.write_all(&[byte]).unwrap();
        thread::yield_now();
    }
    talks.join().unwrap().unwrap();
    let mut rest = String::new();
    stranger.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, format!("I am {here}, you are {there}\n"));
}

#[test]
fn nobody_to_call_is_an_error_that_says_whom() {
    // It has a port and doesn't listen: nobody else gets it meanwhile.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    socket.bind(&loopback().into()).unwrap();
    let gone = socket.local_addr().unwrap().as_socket().unwrap();
    let error = call(loopback(), gone).unwrap_err();
    assert_eq!(error.to_string(), format!("nobody waits at {gone}"));
}
