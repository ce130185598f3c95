//! The rule about ports below 1024 is the host's, and the wire knows none.

use wirelab::{play, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_low_ports")).unwrap()
}

#[test]
fn an_ordinary_user_gets_a_port_when_the_host_says_so() {
    let Some(Played { trace, .. }) = lab() else { return };
    let told = trace.remarks("server");
    let refused = "Permission denied (os error 13)";
    let expected = [
        format!("bind 79 → {refused}"),
        format!("bind 80 → {refused}"),
        format!("bind 1023 → {refused}"),
        "bind 1024 → Ok".into(),
        "ipv4/ip_unprivileged_port_start = 80".into(),
        format!("bind 79 → {refused}"),
        "bind 80 → Ok".into(),
        "bind 1023 → Ok".into(),
        "bind 1024 → Ok".into(),
    ];
    assert_eq!(told, expected);
}

#[test]
fn nothing_makes_a_service_at_port_80_speak_http() {
    let Some(Played { trace, said }) = lab() else { return };
    let text = "This is no web server.";
    assert!(said.ends_with(&format!("reads {text:?}\n")), "{said}");
    let sent = trace.sent().filter_map(|(_, sent)| {
        let segment = wirelab::Frame::new(&sent.bytes).tcp()?;
        let text = String::from_utf8_lossy(segment.payload);
        (!text.is_empty())
            .then(|| (segment.source_port, text.into_owned()))
    });
    let sent: Vec<_> = sent.collect();
    assert_eq!(sent, [(80, text.to_owned())]);
}
