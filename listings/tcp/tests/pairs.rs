//! The four values of each connection, read back from the wire.

use std::net::{IpAddr, SocketAddr};
use wirelab::{play, Frame, Played, Trace};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_pairs")).unwrap()
}

/// From where to where each segment goes that `is` says yes to.
fn pairs(
    trace: &Trace,
    is: impl Fn(&wirelab::frame::Tcp) -> bool,
) -> Vec<(String, String)> {
    let sent = trace.sent().filter_map(|(_, sent)| {
        let frame = Frame::new(&sent.bytes);
        let segment = frame.tcp().filter(&is)?;
        let (from, to): (IpAddr, IpAddr) = frame.addresses()?;
        let from = SocketAddr::new(from, segment.source_port);
        let to = SocketAddr::new(to, segment.destination_port);
        Some((from.to_string(), to.to_string()))
    });
    sent.collect()
}

fn pair(from: &str, to: &str) -> (String, String) {
    (from.to_owned(), to.to_owned())
}

#[test]
fn one_port_of_a_server_tells_its_clients_apart() {
    let Some(Played { trace, said }) = lab() else { return };
    let trace = trace.scene("two_clients").unwrap();
    let texts = pairs(&trace, |segment| !segment.payload.is_empty());
    // The same two ports each time. Only the client's address differs.
    assert_eq!(
        texts,
        [
            pair("172.16.10.2:9000", "172.16.10.3:80"),
            pair("172.16.10.1:9000", "172.16.10.3:80"),
        ]
    );
    let b = "172.16.10.2:9000 → 172.16.10.3:80  \"I am b\"";
    let a = "172.16.10.1:9000 → 172.16.10.3:80  \"I am a\"";
    assert!(said.contains(a) && said.contains(b), "{said}");
}

#[test]
fn a_port_that_is_used_up_towards_one_server_is_free_towards_another() {
    let Some(Played { trace, .. }) = lab() else { return };
    let trace = trace.scene("two_servers").unwrap();
    let told = trace.remarks("a");
    assert!(told[0].contains("os error 99"), "{told:?}");
    let syns = pairs(&trace, |s| s.flags.syn && !s.flags.ack);
    // The one that failed has sent nothing.
    assert_eq!(syns, [pair("172.16.10.1:9000", "172.16.10.4:80")]);
}
