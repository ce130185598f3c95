//! The listing's listeners meet clients of this test's.

use socket2::SockRef;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener, TcpStream};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/dual_stack.rs"]
mod dual_stack;
use dual_stack::{apart, listen, seen};

/// Connects from this address to itself, and returns whom the listener sees.
fn visit(listener: &TcpListener, address: IpAddr) -> IpAddr {
    let port = listener.local_addr().unwrap().port();
    let client = TcpStream::connect((address, port)).unwrap();
    assert_eq!(client.local_addr().unwrap().ip(), address);
    let (server, peer) = listener.accept().unwrap();
    assert_eq!(server.peer_addr().unwrap(), peer);
    peer.ip()
}

const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

#[test]
fn one_listener_serves_both_and_sees_ipv4_inside_ipv6() {
    let listener = listen(false, 0).unwrap();
    let mapped = visit(&listener, V4);
    assert_eq!(mapped.to_string(), "::ffff:127.0.0.1");
    // RFC 4291 §2.5.5.2: 80 zeros, 16 ones, the address.
    let IpAddr::V6(bits) = mapped else { panic!("{mapped}") };
    assert_eq!(u128::from(bits), 0xffff << 32 | 0x7f00_0001);
    assert_eq!(mapped.to_canonical(), V4);
    assert_eq!(visit(&listener, V6), V6);
    assert_eq!(seen(&listener, V6).unwrap(), V6);
}

#[test]
fn a_listener_for_ipv6_only_refuses_ipv4() {
    let (listener, _silent) = apart().unwrap();
    assert_eq!(visit(&listener, V6), V6);
    let error = seen(&listener, V4).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn there_is_room_for_an_ipv4_listener_beside_one_for_ipv6_only() {
    let (listener, beside) = apart().unwrap();
    beside.listen(8).unwrap();
    assert_eq!(visit(&beside.into(), V4), V4);
    assert_eq!(visit(&listener, V6), V6);

    let listener = listen(false, 0).unwrap();
    let port = listener.local_addr().unwrap().port();
    let error = TcpListener::bind((V4, port)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AddrInUse);
}

#[cfg(target_os = "linux")]
#[test]
fn std_leaves_it_as_the_system_has_it() {
    let switch = "/proc/sys/net/ipv6/bindv6only";
    let system = std::fs::read_to_string(switch).unwrap();
    let listener =
        TcpListener::bind((Ipv6Addr::UNSPECIFIED, 0)).unwrap();
    let only_v6 = SockRef::from(&listener).only_v6().unwrap();
    assert_eq!(only_v6, system.trim() == "1");
}
