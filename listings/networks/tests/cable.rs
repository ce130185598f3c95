//! The lab's trace is read back: what two machines can do with a cable, and
//! what they need for it.

use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<Trace> {
    Some(play(env!("CARGO_BIN_EXE_cable")).unwrap()?.trace)
}

/// What happened in a scene: `a: send → Ok`, and of a frame its sender,
/// whether it arrived, and what it carries, `a → b: hello`.
fn story(trace: &Trace, scene: &str) -> Vec<String> {
    let trace = trace.scene(scene).expect(scene);
    let name = |host: usize| trace.hosts[host].name.clone();
    let mut frames = trace.summaries().into_iter();
    let mut lines = vec![];
    for event in &trace.events {
        match &event.what {
            What::Remark { host, text } => {
                lines.push(format!("{}: {text}", name(*host)));
            }
            What::Sent(sent) => {
                let frame = frames.next().unwrap();
                assert!(!frame.lost, "{}", trace.table());
                let to: Vec<_> =
                    frame.to.iter().map(|host| name(*host)).collect();
                let text = Frame::new(&sent.bytes).payload().unwrap();
                let text = String::from_utf8_lossy(text);
                let to = to.join(", ");
                lines.push(format!(
                    "{} → {to}: {text}",
                    name(frame.from)
                ));
            }
            _ => {}
        }
    }
    lines
}

#[test]
fn two_machines_and_a_cable_are_a_network() {
    let Some(trace) = run() else { return };
    let hosts = trace.hosts.iter().map(|host| &*host.name);
    assert_eq!(hosts.collect::<Vec<_>>(), ["a", "b"]);
    // A frame, a datagram, and one after the cable was plugged in again.
    let frames: Vec<_> =
        trace.sent().map(|(_, sent)| Frame::new(&sent.bytes)).collect();
    assert_eq!(frames.len(), 3, "{}", trace.table());
    for frame in &frames {
        assert_eq!(frame.source(), Some(Mac::local(1)));
        assert_eq!(frame.destination(), Some(Mac::local(2)));
    }
    assert!(trace.summaries().iter().all(|frame| frame.to == [1]));
}

#[test]
fn a_frame_needs_a_card_that_is_on_and_no_ip_address() {
    let Some(trace) = run() else { return };
    assert_eq!(
        story(&trace, "frame"),
        [
            "a: eth0 off",
            "a: send → Network is down (os error 100)",
            "a: eth0 on",
            "a → b: hello",
            "b: received the same bytes",
            "a: send_to → Network is unreachable (os error 101)",
        ]
    );
    let frame = trace.scene("frame").unwrap();
    let (_, sent) = frame.sent().next().unwrap();
    let frame = Frame::new(&sent.bytes);
    assert_eq!(frame.ethertype(), Some(0x88b5));
    assert_eq!(frame.addresses(), None);
    assert_eq!(frame.bytes().len(), 14 + "hello".len());
}

#[test]
fn ip_needs_an_address() {
    let Some(trace) = run() else { return };
    assert_eq!(
        story(&trace, "packet"),
        [
            "a: eth0 has 172.16.10.1/24",
            "b: eth0 has 172.16.10.2/24",
            "a → b: hello",
            "b: recv → \"hello\"",
        ]
    );
    let packet = trace.scene("packet").unwrap();
    let (_, sent) = packet.sent().next().unwrap();
    let (from, to) = Frame::new(&sent.bytes).addresses().unwrap();
    assert_eq!(from.to_string(), "172.16.10.1");
    assert_eq!(to.to_string(), "172.16.10.2");
}

#[test]
fn without_a_cable_everything_is_sent_and_nothing_arrives() {
    let Some(trace) = run() else { return };
    assert_eq!(
        story(&trace, "unplugged"),
        [
            "a: eth0 on, and no cable",
            "a: send_to → Ok(3)",
            "a: send → Ok",
            "a: eth0 on, and a cable",
            "a → b: three",
            "b: recv → \"three\"",
        ]
    );
}

#[test]
fn hello_takes_14_bytes_more_in_a_frame_and_42_in_a_packet() {
    let Some(trace) = run() else { return };
    let more = |scene: &str| {
        let scene = trace.scene(scene).unwrap();
        let (_, sent) = scene.sent().next().unwrap();
        sent.bytes.len() - "hello".len()
    };
    assert_eq!((more("frame"), more("packet")), (14, 14 + 20 + 8));
}
