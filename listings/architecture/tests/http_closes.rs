//! Who sends the first FIN, read back from both scenes.

use wirelab::TcpState::*;
use wirelab::{play, Frame, Trace};

fn scene(name: &str) -> Option<Trace> {
    let program = env!("CARGO_BIN_EXE_http_closes");
    let lab = play(program).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

/// Who sends each segment that is more than an acknowledgement.
fn story(trace: &Trace) -> Vec<(&str, &str)> {
    let segments = trace.sent().filter_map(|(_, sent)| {
        let segment = Frame::new(&sent.bytes).tcp()?;
        let what = match segment.payload {
            b"" if segment.flags.to_string() == "ACK" => return None,
            b"" => "FIN",
            it if it.starts_with(b"GET / HTTP/1.") => "GET",
            it if it.starts_with(b"HTTP/1.1 200 OK\r\n") => "200",
            _ => "something else",
        };
        Some((&*trace.hosts[sent.host].name, what))
    });
    segments.collect()
}

const EXCHANGE: [(&str, &str); 2] =
    [("client", "GET"), ("server", "200")];

#[test]
fn under_http_1_0_the_server_sends_the_first_fin() {
    let Some(trace) = scene("HTTP-1.0") else { return };
    let [get, ok] = EXCHANGE;
    assert_eq!(
        story(&trace),
        [get, ok, ("server", "FIN"), ("client", "FIN")]
    );
    // And so it is the server that waits in the end.
    assert_eq!(
        trace.states(),
        [
            ("client", Established),
            ("server", Established),
            ("server", FinWait1),
            ("client", CloseWait),
            ("server", FinWait2),
            ("client", LastAck),
            ("server", TimeWait),
            ("client", Closed),
        ]
    );
}

#[test]
fn under_http_1_1_it_stays_open_and_the_client_may_close_first() {
    let Some(trace) = scene("HTTP-1.1") else { return };
    let [get, ok] = EXCHANGE;
    assert_eq!(
        story(&trace),
        [get, ok, get, ok, ("client", "FIN"), ("server", "FIN")]
    );
    let states = trace.states();
    let open = [("client", Established), ("server", Established)];
    assert_eq!(states[..4], [open, open].concat());
    assert_eq!(states[4], ("client", FinWait1));
    let end = [("client", TimeWait), ("server", Closed)];
    assert_eq!(states[states.len() - 2..], end);
}

#[test]
fn both_ends_say_under_which_version_they_speak() {
    let Some(trace) = scene("HTTP-1.0") else { return };
    let text = |n: usize| {
        let (_, sent) = trace.sent().nth(n).unwrap();
        let payload = Frame::new(&sent.bytes).payload().unwrap();
        String::from_utf8_lossy(payload).into_owned()
    };
    assert_eq!(text(0), "GET / HTTP/1.0\r\n\r\n");
    // RFC 9110 §2.5: the server says what it could do, and closes.
    let response = text(2);
    assert!(response.starts_with("HTTP/1.1 200 OK\r\n"), "{response}");
    assert!(response.contains("\r\nConnection: close\r\n"));
    assert!(response.ends_with("\r\n\r\nhello\n"));
}
