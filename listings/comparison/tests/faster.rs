//! Each way to ask gets its answers, and the connection is what takes time.

use std::net::UdpSocket;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/faster.rs"]
mod faster;
use faster::{
    connect, echo, fastest, tcp_asks, tcp_connects_and_asks, udp_asks,
};

#[test]
fn a_connection_for_each_question_is_what_takes_time() {
    let (udp_server, tcp_server) = echo().unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(udp_server).unwrap();
    socket.set_read_timeout(Some(comparison::DEADLINE)).unwrap();
    let udp = fastest(100, || udp_asks(&socket)).unwrap();
    let new =
        fastest(100, || tcp_connects_and_asks(tcp_server)).unwrap();
    let mut stream = connect(tcp_server).unwrap();
    let old = fastest(100, || tcp_asks(&mut stream)).unwrap();
    assert!(new > udp, "{new:?} {udp:?}");
    assert!(new > old, "{new:?} {old:?}");
}
