//! Lines, good and bad, from readers that this test feeds.

use architecture::talk::{
    accept, connect, listen_anywhere, read_line, LONGEST,
};
use std::io::{self, BufReader, ErrorKind, Write};
use std::net::Shutdown;
use std::thread;

fn error(bytes: &[u8]) -> io::Error {
    read_line(bytes).expect_err("no line")
}

#[test]
fn a_line_ends_where_it_says_so() {
    let mut bytes = &b"one\n\ntwo\r\nthree"[..];
    assert_eq!(read_line(&mut bytes).unwrap(), "one");
    assert_eq!(read_line(&mut bytes).unwrap(), "");
    assert_eq!(read_line(&mut bytes).unwrap(), "two\r");
    let cut = read_line(&mut bytes).unwrap_err();
    assert_eq!(cut.kind(), ErrorKind::UnexpectedEof);
    assert!(cut.to_string().contains("5 bytes"), "{cut}");
}

#[test]
fn a_line_that_is_cut_anywhere_is_none() {
    let line = "你好 Li\n".as_bytes();
    assert_eq!(read_line(line).unwrap(), "你好 Li");
    for end in 0..line.len() {
        let cut = error(&line[..end]);
        assert_eq!(cut.kind(), ErrorKind::UnexpectedEof, "{end}");
    }
}

#[test]
fn what_is_too_long_or_no_text_is_refused() {
    let longest = LONGEST as usize;
    let mut line = vec![b'x'; longest - 1];
    line.push(b'\n');
    assert_eq!(read_line(&line[..]).unwrap().len(), longest - 1);
    line.insert(0, b'x');
    assert_eq!(error(&line).kind(), ErrorKind::InvalidData);
    let endless = io::BufReader::new(io::repeat(b'x'));
    let refused = read_line(endless).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::InvalidData);
    for garbage in [&b"\xff\n"[..], b"a\xc3\x28\n", b"\xe4\xbd\n"] {
        assert_eq!(error(garbage).kind(), ErrorKind::InvalidData);
    }
}

#[test]
fn a_line_may_come_slowly() {
    let listener = listen_anywhere().unwrap();
    let mut slow = connect(listener.local_addr().unwrap()).unwrap();
    let stream = accept(&listener).unwrap();
    let reads =
        thread::spawn(move || read_line(BufReader::new(stream)));
    for byte in b"slowly\n" {
        slow.write_all(&[*byte]).unwrap();
        thread::yield_now();
    }
    assert_eq!(reads.join().unwrap().unwrap(), "slowly");
}

#[test]
fn who_leaves_early_has_said_nothing() {
    let listener = listen_anywhere().unwrap();
    let address = listener.local_addr().unwrap();
    for said in [&b""[..], b"he"] {
        let mut short = connect(address).unwrap();
        short.write_all(said).unwrap();
        short.shutdown(Shutdown::Write).unwrap();
        let stream = accept(&listener).unwrap();
        let error = read_line(BufReader::new(stream)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
    }
}
