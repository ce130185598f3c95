//! Each function of the listing meets a peer of this test's.

use std::io::ErrorKind;
use std::net::UdpSocket;
use udp::{closed_port, socket, wait_for_error};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/udp_send.rs"]
mod udp_send;
use udp_send::{
    receive, receive_and_check, send_connected, send_each, send_sized,
    send_unconnected,
};

/// Receives the whole of the next datagram. UDP promises no order; loopback
/// keeps that of one sender.
fn next(receiver: &UdpSocket) -> Vec<u8> {
    let mut buffer = vec![0; 65_535];
    let n = receiver.recv(&mut buffer).expect("a datagram");
    buffer.truncate(n);
    buffer
}

/// Asserts that no datagram waits.
fn nothing_left(receiver: &UdpSocket) {
    receiver.set_nonblocking(true).unwrap();
    let error = receiver.recv(&mut [0]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
}

#[test]
fn one_send_is_one_datagram() {
    let receiver = socket().unwrap();
    let texts = ["one", "", "three"];
    send_each(&texts, receiver.local_addr().unwrap()).unwrap();
    for text in texts {
        assert_eq!(next(&receiver), text.as_bytes());
    }
    nothing_left(&receiver);
}

#[test]
fn what_does_not_fit_is_gone() {
    let receiver = socket().unwrap();
    let address = receiver.local_addr().unwrap();
    let sender = socket().unwrap();
    for text in ["0123456789", "0123456789", "0123", "next"] {
        sender.send_to(text.as_bytes(), address).unwrap();
    }
    assert_eq!(receive(&receiver, 4).unwrap(), (4, "0123".into()));
    assert_eq!(receive_and_check(&receiver, 4).unwrap(), (4, true));
    assert_eq!(receive_and_check(&receiver, 4).unwrap(), (4, false));
    assert_eq!(receive(&receiver, 4).unwrap(), (4, "next".into()));
    nothing_left(&receiver);
}

#[test]
fn an_unconnected_socket_is_not_told_that_nobody_listens() {
    let closed = closed_port().unwrap();
    let sent = send_unconnected(closed.local_addr().unwrap()).unwrap();
    assert!(matches!(sent[..], [Ok(5), Ok(5)]), "{sent:?}");
    nothing_left(&closed);
}

#[test]
fn a_connected_socket_is_told_by_the_call_after() {
    let closed = closed_port().unwrap();
    let sent = send_connected(closed.local_addr().unwrap()).unwrap();
    let kinds: Vec<Result<usize, ErrorKind>> = sent
        .into_iter()
        .map(|sent| sent.map_err(|error| error.kind()))
        .collect();
    let refused = Err(ErrorKind::ConnectionRefused);
    assert_eq!(kinds, [Ok(5), refused, Ok(5), refused]);
}

#[test]
fn a_call_that_reports_an_error_sends_nothing() {
    let closed = closed_port().unwrap();
    let address = closed.local_addr().unwrap();
    let socket = socket().unwrap();
    socket.connect(address).unwrap();
    socket.send(b"one").unwrap();
    wait_for_error(&socket).unwrap();
    // Somebody listens now, and would hear it.
    closed.connect(socket.local_addr().unwrap()).unwrap();
    socket.send(b"two").unwrap_err();
    socket.send(b"three").unwrap();
    assert_eq!(next(&closed), b"three");
}

#[cfg(target_os = "linux")] // macOS stops at 9,216 bytes by default
#[test]
fn ipv4_carries_65507_bytes_and_not_one_more() {
    let receiver = socket().unwrap();
    let address = receiver.local_addr().unwrap();
    assert_eq!(send_sized(65_507, address).unwrap(), 65_507);
    let error = send_sized(65_508, address).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(90), "EMSGSIZE on Linux");
    assert_eq!(next(&receiver), vec![b'x'; 65_507]);
    nothing_left(&receiver);
}
