//! The client of the listing meets its four servers, and servers of this
//! test's.

use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use tcp::DEADLINE;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/receipt.rs"]
mod receipt;
use receipt::*;

fn pair() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client =
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let server = listener.accept().unwrap().0;
    for stream in [&client, &server] {
        stream.set_read_timeout(Some(DEADLINE)).unwrap();
    }
    (client, server)
}

#[test]
fn an_answer_is_returned() {
    let answer = ask(Server::Answers).unwrap().unwrap();
    assert_eq!(answer, "order 7: paid");
}

#[test]
fn without_an_answer_the_errors_do_not_tell_what_was_read() {
    for (server, kind) in [
        (Server::DropsUnread, ErrorKind::ConnectionReset),
        (Server::ReadsAndDrops, ErrorKind::UnexpectedEof),
        (Server::SaysNothing, ErrorKind::WouldBlock),
    ] {
        let error = ask(server).unwrap().unwrap_err();
        assert_eq!(error.kind(), kind);
    }
}

#[test]
fn the_client_sends_a_line_and_reads_a_line() {
    let (client, mut server) = pair();
    let client = thread::spawn(move || order(&client, "order 9"));
    let mut line = [0; 8];
    server.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"order 9\n");
    for part in ["un", "known\n"] {
        server.write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(client.join().unwrap().unwrap(), "unknown");
}

#[test]
fn an_order_that_comes_twice_is_paid_once() {
    let mut till = Till::default();
    let mut answers = vec![];
    for _ in 0..2 {
        let (client, server) = pair();
        let client = thread::spawn(move || order(&client, "order 7"));
        till.serve(&server).unwrap();
        answers.push(client.join().unwrap().unwrap());
    }
    assert_eq!(answers, ["order 7: paid", "order 7: was paid before"]);
}
