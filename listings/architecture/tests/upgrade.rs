//! The handshake, the frames, and clients that get them wrong.

use architecture::http::{read_head, Request};
use architecture::response::Response;
use architecture::websocket::{
    accept, base64, frame, handshake, read_frame, CLOSE, TEXT,
};
use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/upgrade.rs"]
mod upgrade;
use upgrade::serve;

const KEY: &str = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
const VERSION: &str = "Sec-WebSocket-Version: 13\r\n";
const UPGRADE: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\n";
/// RFC 6455 §5.7: a masked “Hello”.
const HELLO: [u8; 11] =
    [0x81, 0x85, 0x37, 0xfa, 0x21, 0x3d, 0x7f, 0x9f, 0x4d, 0x51, 0x58];
const GOODBYE: [u8; 6] = [0x88, 0x80, 1, 2, 3, 4];

fn request(line: &str, fields: &str) -> Request {
    let text = format!("{line}\r\nHost: a\r\n{fields}\r\n");
    read_head(&mut text.as_bytes()).unwrap()
}

fn field<'a>(response: &'a Response, name: &str) -> Option<&'a str> {
    let mut fields = response.fields.iter();
    fields.find(|field| field.0 == name).map(|field| &*field.1)
}

#[test]
fn base64_is_as_in_rfc_4648() {
    let texts = [
        "", "Zg==", "Zm8=", "Zm9v", "Zm9vYg==", "Zm9vYmE=", "Zm9vYmFy",
    ];
    for (n, text) in texts.iter().enumerate() {
        assert_eq!(base64(&b"foobar"[..n]), *text);
    }
    assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
}

#[test]
fn the_answer_to_the_key_is_as_in_rfc_6455() {
    let answer = accept("dGhlIHNhbXBsZSBub25jZQ==");
    assert_eq!(answer, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

#[test]
fn a_handshake_is_answered_with_the_proof_that_it_was_read() {
    let fields = format!("{UPGRADE}{KEY}{VERSION}");
    let good = request("GET /chat HTTP/1.1", &fields);
    let response = handshake(&good);
    assert_eq!(response.status, 101);
    assert_eq!(field(&response, "Upgrade"), Some("websocket"));
    assert_eq!(field(&response, "Connection"), Some("Upgrade"));
    let proof = field(&response, "Sec-WebSocket-Accept");
    assert_eq!(proof, Some("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="));
    // As browsers write it.
    let fields = format!(
        "UPGRADE: WebSocket\r\nconnection: keep-alive, Upgrade\r\n\
         {KEY}{VERSION}"
    );
    let good = request("GET / HTTP/1.1", &fields);
    assert_eq!(handshake(&good).status, 101);
}

#[test]
fn what_is_no_handshake_is_refused() {
    let all = format!("{UPGRADE}{KEY}{VERSION}");
    let bad_key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j\r\n";
    let odd_key =
        format!("Sec-WebSocket-Key: {}==\r\n", "\u{f6}".repeat(11));
    for (line, fields) in [
        ("GET / HTTP/1.1", ""),
        ("POST / HTTP/1.1", &*all),
        ("GET / HTTP/1.0", &all),
        ("GET / HTTP/1.1", &format!("{UPGRADE}{VERSION}")),
        ("GET / HTTP/1.1", &format!("{UPGRADE}{bad_key}{VERSION}")),
        ("GET / HTTP/1.1", &format!("{UPGRADE}{odd_key}{VERSION}")),
        ("GET / HTTP/1.1", &format!("{UPGRADE}{KEY}{KEY}{VERSION}")),
        ("GET / HTTP/1.1", &format!("{KEY}{VERSION}")),
    ] {
        let response = handshake(&request(line, fields));
        assert_eq!(response.status, 400, "{line} {fields}");
    }
    for version in ["", "Sec-WebSocket-Version: 8\r\n"] {
        let fields = format!("{UPGRADE}{KEY}{version}");
        let response = handshake(&request("GET / HTTP/1.1", &fields));
        assert_eq!(response.status, 426);
        let spoken = field(&response, "Sec-WebSocket-Version");
        assert_eq!(spoken, Some("13"));
        assert_eq!(field(&response, "Upgrade"), Some("websocket"));
    }
}

#[test]
fn a_frame_is_read_and_its_mask_taken_off() {
    let hello = read_frame(&mut &HELLO[..]).unwrap();
    assert_eq!(hello, (TEXT, true, "Hello".to_owned()));
    let plain = frame(TEXT, "Hello");
    assert_eq!(plain, b"\x81\x05Hello");
    let read = read_frame(&mut &*plain).unwrap();
    assert_eq!(read, (TEXT, false, "Hello".to_owned()));
    assert_eq!(frame(CLOSE, ""), [0x88, 0]);
    for n in 0..HELLO.len() {
        read_frame(&mut &HELLO[..n]).unwrap_err();
    }
    read_frame(&mut &[0x81, 126, 0, 200][..]).unwrap_err();
    read_frame(&mut &[0x81, 127, 0xff, 0xff][..]).unwrap_err();
    read_frame(&mut &[0x81, 1, 0xff][..]).unwrap_err();
}

/// What a client gets that sends these bytes, and what the server makes of
/// them.
fn meet(bytes: &[u8]) -> (String, anyhow::Result<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    let accepted = listener.accept().unwrap().0;
    let server = thread::spawn(|| serve(accepted));
    client.write_all(bytes).unwrap();
    client.shutdown(Shutdown::Write).unwrap();
    let mut said = vec![];
    match client.read_to_end(&mut said) {
        Ok(_) => {}
        // What it didn't want to read it has reset.
        Err(why) => assert_eq!(why.kind(), ErrorKind::ConnectionReset),
    }
    let said = String::from_utf8_lossy(&said).into_owned();
    (said, server.join().unwrap())
}

fn opening() -> Vec<u8> {
    let fields = format!("{UPGRADE}{KEY}{VERSION}");
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n").into_bytes()
}

#[test]
fn after_the_handshake_the_server_speaks_without_being_asked() {
    let all = [&opening()[..], &HELLO, &GOODBYE].concat();
    let (said, outcome) = meet(&all);
    assert_eq!(outcome.unwrap(), "Hello");
    assert!(said.starts_with("HTTP/1.1 101 Switching Protocols\r\n"));
    let frames = said.split_once("\r\n\r\n").unwrap().1;
    assert!(frames.contains("nobody asked"), "{frames:?}");
    // Even to a client that says nothing.
    let (said, outcome) = meet(&opening());
    assert!(said.contains("nobody asked"));
    outcome.unwrap_err();
}

#[test]
fn whoever_breaks_the_protocol_is_told_and_left() {
    for (bytes, answer) in [
        (&b"hello\r\n\r\n"[..], "HTTP/1.1 400 "),
        (b"GET / HTTP/1.1\r\nHost: a\r\n\r\n", "HTTP/1.1 400 "),
        (&opening()[..40], "HTTP/1.1 400 "),
        (&[0xff; 20_000], "HTTP/1.1 414 "),
    ] {
        let (said, outcome) = meet(bytes);
        assert!(said.starts_with(answer), "{said}");
        let why = outcome.unwrap_err().to_string();
        assert!(why.starts_with("refused: 4"), "{why}");
    }
    // A client's frame must be masked: RFC 6455 §5.1.
    let plain = [&opening()[..], b"\x81\x05Hello"].concat();
    let (said, outcome) = meet(&plain);
    assert!(said.starts_with("HTTP/1.1 101 "));
    let why = outcome.unwrap_err().to_string();
    assert_eq!(why, "not a client's text");
    let frames = [&HELLO[..], &GOODBYE].concat();
    for n in 0..frames.len() {
        let cut = [&opening()[..], &frames[..n]].concat();
        meet(&cut).1.unwrap_err();
    }
    let two = [&opening()[..], &HELLO, &HELLO].concat();
    let why = meet(&two).1.unwrap_err().to_string();
    assert_eq!(why, "it goes on");
}

#[test]
fn client_and_server_understand_each_other() {
    let run = std::process::Command::new(env!("CARGO_BIN_EXE_upgrade"))
        .output()
        .unwrap();
    let said = String::from_utf8(run.stdout).unwrap();
    assert!(run.status.success(), "{said}");
    let end = "client read \"nobody asked\"\nserver read \"Hello\"\n";
    assert!(said.ends_with(end), "{said}");
}
