//! What tells services apart: protocol, address and port, each by itself.

use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/ports.rs"]
mod ports;
use ports::{ask_tcp, ask_udp, same_number};

const ANYWHERE: SocketAddr = SocketAddr::new(
    std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST),
    0,
);

#[test]
fn many_services_share_one_address() {
    let services: Vec<_> =
        (0..50).map(|_| same_number(ANYWHERE).unwrap()).collect();
    for (n, (tcp, udp)) in services.iter().enumerate() {
        assert_eq!(tcp.local_addr().unwrap().ip(), ANYWHERE.ip());
        let name = format!("service {n}");
        assert_eq!(ask_tcp(tcp, &name).unwrap(), name);
        assert_eq!(ask_udp(udp, &name).unwrap(), name);
    }
}

#[test]
fn tcp_and_udp_have_ports_of_their_own() {
    let (tcp, udp) = same_number(ANYWHERE).unwrap();
    let address = tcp.local_addr().unwrap();
    assert_eq!(udp.local_addr().unwrap(), address);
    // Both at the same time, and each with its own clients.
    assert_eq!(ask_udp(&udp, "log").unwrap(), "log");
    assert_eq!(ask_tcp(&tcp, "time").unwrap(), "time");
    // Without the one, the other is still there, and alone.
    drop(tcp);
    let refused = TcpStream::connect(address).unwrap_err();
    assert_eq!(refused.kind(), ErrorKind::ConnectionRefused);
    assert_eq!(ask_udp(&udp, "log").unwrap(), "log");
}

#[test]
fn an_address_and_a_port_have_one_listener() {
    let (tcp, udp) = same_number(ANYWHERE).unwrap();
    let address = tcp.local_addr().unwrap();
    let error = TcpListener::bind(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    let error = UdpSocket::bind(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
    assert_eq!(ask_tcp(&tcp, "still here").unwrap(), "still here");
    assert_eq!(ask_udp(&udp, "still here").unwrap(), "still here");
}

#[cfg(target_os = "linux")]
#[test]
fn one_number_at_two_addresses_makes_two_services() {
    let (here, _) = same_number(ANYWHERE).unwrap();
    let port = here.local_addr().unwrap().port();
    let there = TcpListener::bind(("127.0.0.2", port)).unwrap();
    assert_eq!(ask_tcp(&there, "there").unwrap(), "there");
    assert_eq!(ask_tcp(&here, "here").unwrap(), "here");
    // Who wants it at all addresses, wants it at these, too.
    let error = TcpListener::bind(("0.0.0.0", port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}
