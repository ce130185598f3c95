//! A server that doesn't know browsers, and clients of all sorts.

use architecture::talk::{connect, listen_anywhere};
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::thread;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/same_page.rs"]
mod same_page;
use same_page::{ask, serve, BROWSER, PROGRAM};

fn server() -> SocketAddr {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || serve(&listener));
    address
}

/// Sends bytes, and returns all that comes back before the end.
fn send(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = connect(server).unwrap();
    stream.write_all(bytes).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let mut answer = vec![];
    // A server that leaves something unread resets.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

#[test]
fn whoever_sends_the_request_gets_the_page() {
    let server = server();
    let page = ask(server, PROGRAM).unwrap();
    assert_eq!(page, "This page is for whoever asks.\n");
    assert_eq!(ask(server, BROWSER).unwrap(), page);
    for another in ["curl/8.14.1", "nothing that was ever installed"] {
        let request = format!(
            "GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: {another}\r\n\r\n"
        );
        assert_eq!(ask(server, &request).unwrap(), page);
    }
}

#[test]
fn what_is_no_request_gets_no_page_and_the_server_goes_on() {
    let server = server();
    for garbage in [
        &b""[..],
        b"\n",
        b"\xff\xff\xff\xff\r\n\r\n",
        b"DELETE / HTTP/1.1\r\n\r\n",
        b"GET /other HTTP/1.1\r\n\r\n",
        &[b'x'; 4000],
        &b"GET / HTTP/1.0\r\na: b\r\n".repeat(200),
    ] {
        let answer = send(server, garbage);
        assert!(!answer.contains("200 OK"), "{answer}");
        assert!(ask(server, PROGRAM).is_ok());
    }
}

#[test]
fn a_request_that_is_cut_anywhere_gets_no_page() {
    let server = server();
    for end in 0..PROGRAM.len() {
        let answer = send(server, &PROGRAM.as_bytes()[..end]);
        assert_eq!(answer, "", "{end}");
    }
    assert!(ask(server, PROGRAM).is_ok());
}

#[test]
fn a_request_may_come_slowly_and_the_client_may_be_gone() {
    let server = server();
    let mut slow = connect(server).unwrap();
    for byte in PROGRAM.bytes() {
        slow.write_all(&[byte]).unwrap();
        thread::yield_now();
    }
    let mut answer = String::new();
    slow.read_to_string(&mut answer).unwrap();
    assert!(answer.ends_with("whoever asks.\n"), "{answer}");
    drop(connect(server).unwrap());
    assert!(ask(server, PROGRAM).is_ok());
}
