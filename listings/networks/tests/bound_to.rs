//! The lab's trace is read back: who got in, and what the cable carried.

use wirelab::{play, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_bound_to")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// What the segments are, and who sends them.
fn segments(trace: &Trace) -> Vec<(&str, String)> {
    assert_eq!(trace.segments().len(), trace.sent().count());
    trace.segments()
}

fn segment(who: &'static str, flags: &str) -> (&'static str, String) {
    (who, flags.to_owned())
}

#[test]
fn bound_to_loopback_a_server_is_not_at_the_hosts_own_address() {
    let Some(trace) = scene("loopback") else { return };
    assert_eq!(
        trace.remarks("server"),
        [
            "bind 127.0.0.1:7000",
            "connect 127.0.0.1:7000 → Ok",
            "connect 172.16.10.2:7000 → Connection refused (os error 111)",
        ]
    );
}

#[test]
fn another_host_is_refused_with_a_reset() {
    let Some(trace) = scene("loopback") else { return };
    let refused = [
        "connect 172.16.10.2:7000 → Connection refused (os error 111)",
    ];
    assert_eq!(trace.remarks("client"), refused);
    let (syn, rst) =
        (segment("client", "SYN"), segment("server", "RST ACK"));
    assert_eq!(segments(&trace), [syn, rst], "{}", trace.table());
}

#[test]
fn bound_to_all_addresses_it_is_at_each() {
    let Some(trace) = scene("all") else { return };
    assert_eq!(
        trace.remarks("server"),
        [
            "bind 0.0.0.0:7000",
            "connect 127.0.0.1:7000 → Ok",
            "connect 172.16.10.2:7000 → Ok",
        ]
    );
    assert_eq!(
        trace.remarks("client"),
        ["connect 172.16.10.2:7000 → Ok"]
    );
    let handshake = [
        segment("client", "SYN"),
        segment("server", "SYN ACK"),
        segment("client", "ACK"),
    ];
    assert_eq!(segments(&trace), handshake, "{}", trace.table());
}

/// What a host says to itself never leaves it.
#[test]
fn nothing_of_127_is_on_the_wire() {
    for name in ["loopback", "all"] {
        let Some(trace) = scene(name) else { return };
        for (_, sent) in trace.sent() {
            let frame = wirelab::Frame::new(&sent.bytes);
            let ip = frame.ipv4().unwrap();
            assert!(!ip.source.is_loopback());
            assert!(!ip.destination.is_loopback());
        }
    }
}
