//! The lab's trace is read back: what c took in, and what the switch knew
//! when.

use wirelab::trace::{Cast, Trace, What};
use wirelab::{play, Frame};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_switch")).unwrap()?;
    Some((lab.trace, lab.said))
}

fn text(bytes: &[u8]) -> String {
    let frame = Frame::new(bytes);
    let datagram = frame.udp().expect("nothing but datagrams");
    String::from_utf8(datagram.payload.to_vec()).unwrap()
}

/// What a host took in.
fn heard(trace: &Trace, host: &str) -> Vec<(String, Cast)> {
    let sent: Vec<_> =
        trace.sent().map(|(_, sent)| text(&sent.bytes)).collect();
    let arrived = trace.events.iter().filter_map(|e| match &e.what {
        What::Arrived(arrived) => Some(arrived),
        _ => None,
    });
    let arrived = arrived.filter(|a| trace.hosts[a.host].name == host);
    arrived.map(|a| (sent[a.frame].clone(), a.cast)).collect()
}

#[test]
fn who_is_not_asked_hears_only_what_the_switch_cannot_place() {
    let Some((trace, _)) = run() else { return };
    let heard = |host| heard(&trace, host);
    let frame = |text: &str, cast| (text.to_owned(), cast);
    // The last one is the witness that nothing else was on its way to c.
    assert_eq!(
        heard("c"),
        [frame("one", Cast::Other), frame("all", Cast::Broadcast)],
        "{}",
        trace.table()
    );
    assert_eq!(
        heard("b"),
        [
            frame("one", Cast::Unicast),
            frame("three", Cast::Unicast),
            frame("all", Cast::Broadcast)
        ]
    );
    assert_eq!(heard("a"), [frame("two", Cast::Unicast)]);
}

#[test]
fn it_learns_from_who_sends() {
    let Some((trace, said)) = run() else { return };
    let mut story = vec![];
    for event in &trace.events {
        match &event.what {
            What::Sent(sent) => story.push(text(&sent.bytes)),
            What::Remark { host, text } => {
                assert_eq!(trace.hosts[*host].name, "switch");
                story.push(text.clone());
            }
            _ => {}
        }
    }
    assert_eq!(
        story,
        [
            "knows nobody",
            "one",
            "knows a at port1",
            "two",
            "knows a at port1, b at port2",
            "three",
            "all",
        ]
    );
    let names = trace.hosts.iter().map(|host| &*host.name);
    assert_eq!(names.collect::<Vec<_>>(), ["a", "b", "c", "switch"]);
    let known: Vec<_> =
        said.lines().filter(|line| line.contains("knows")).collect();
    assert_eq!(known.len(), 3, "{said}");
}

#[test]
fn it_never_learns_who_never_speaks() {
    let Some((trace, _)) = run() else { return };
    let events = trace.events.iter();
    let spoke = events.clone().any(|event| match &event.what {
        What::Sent(sent) => trace.hosts[sent.host].name == "c",
        _ => false,
    });
    assert!(!spoke, "{}", trace.table());
    // c has got frames, and that teaches the switch nothing.
    assert!(!heard(&trace, "c").is_empty());
    let known = trace.remarks("switch");
    assert!(known.iter().all(|text| !text.contains('c')), "{known:?}");
}
