//! The mailbox reads up to an empty datagram, and no further.

use std::io::ErrorKind;
use udp::socket;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/mailbox.rs"]
mod mailbox;
use mailbox::{bind, listen};

#[test]
fn an_empty_datagram_is_the_last_one_read() {
    let mailbox = socket().unwrap();
    let sender = socket().unwrap();
    for text in ["hello", "\u{7f}\0", "", "too late"] {
        let address = mailbox.local_addr().unwrap();
        sender.send_to(text.as_bytes(), address).unwrap();
    }
    listen(&mailbox).unwrap();
    let mut buffer = [0; 100];
    let n = mailbox.recv(&mut buffer).unwrap();
    assert_eq!(&buffer[..n], b"too late");
}

#[test]
fn bytes_that_are_no_text_are_received_too() {
    let mailbox = socket().unwrap();
    let sender = socket().unwrap();
    for bytes in [&[0xff, 0xfe][..], &[]] {
        sender.send_to(bytes, mailbox.local_addr().unwrap()).unwrap();
    }
    listen(&mailbox).unwrap();
}

#[test]
fn an_address_has_one_mailbox() {
    let mailbox = socket().unwrap();
    let address = mailbox.local_addr().unwrap().to_string();
    let error = bind(&address).unwrap_err();
    assert_eq!(error.to_string(), format!("can't listen on {address}"));
    let cause = error.downcast_ref::<std::io::Error>().unwrap();
    assert_eq!(cause.kind(), ErrorKind::AddrInUse);
}
