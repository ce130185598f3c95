//! The lab's trace, and what it printed. How many datagrams a buffer holds
//! is up to the kernel; that it doesn't hold all of them isn't.

use wirelab::trace::What;
use wirelab::{play, Frame, Played, Trace};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_overflow")).unwrap()
}

/// The numbers behind `read` and `RcvbufErrors`, of the row that has `what`.
fn row(lab: &Played, what: &str) -> [usize; 2] {
    let row = lab.said.lines().find(|l| l.contains(what)).expect(what);
    let (_, row) = row.rsplit_once("read ").unwrap();
    let (read, dropped) = row.split_once(", RcvbufErrors ").unwrap();
    [read, dropped].map(|n| n.trim().parse().unwrap())
}

/// Of each frame of a scene: the sender's number, and the datagram's, if it
/// is one. All of them arrive.
fn frames(trace: &Trace, scene: &str) -> Vec<(usize, Option<usize>)> {
    let trace = trace.scene(scene).expect(scene);
    let sent = trace.sent().map(|(_, sent)| {
        let frame = Frame::new(&sent.bytes);
        let text = frame.udp().map(|udp| {
            let text = str::from_utf8(udp.payload).unwrap();
            text.trim_end_matches('.').parse().unwrap()
        });
        (sent.host, text)
    });
    let sent: Vec<_> = sent.collect();
    let arrived = trace.events.iter();
    let arrived =
        arrived.filter(|e| matches!(e.what, What::Arrived(_)));
    assert_eq!(arrived.count(), sent.len(), "{}", trace.table());
    sent
}

#[test]
fn what_the_buffer_does_not_hold_is_counted_and_nobody_is_told() {
    let Some(lab) = lab() else { return };
    let [read, dropped] = row(&lab, "small buffer, read later");
    assert!(read >= 1 && dropped >= 1, "{}", lab.said);
    assert_eq!(read + dropped, 10);
    // Every datagram has arrived at the receiver's card, and no frame has
    // left it.
    let all: Vec<_> = (1..=10).map(|n| (0, Some(n))).collect();
    assert_eq!(frames(&lab.trace, "overflow"), all);
    // Those that were there first are kept.
    let first: Vec<_> = (1..=read).collect();
    assert!(lab.said.contains(&format!("small buffer: {first:?}\n")));
}

#[test]
fn a_larger_buffer_or_a_faster_reader_loses_none() {
    let Some(lab) = lab() else { return };
    assert_eq!(row(&lab, "small buffer, read at once"), [10, 0]);
    assert_eq!(row(&lab, "large buffer, read later"), [10, 0]);
}

#[test]
fn a_full_send_buffer_takes_no_more_until_the_card_can_send() {
    let Some(lab) = lab() else { return };
    let would_block = "send_to: Resource temporarily unavailable";
    assert!(lab.said.contains(would_block), "{}", lab.said);
    let frames = frames(&lab.trace, "blocked");
    // ARP asks and is answered, then what has waited leaves, in its order.
    assert_eq!(frames[..2], [(0, None), (1, None)]);
    let sent: Vec<_> = frames[2..].iter().map(|f| f.1).collect();
    let all: Vec<_> = (1..=sent.len()).map(Some).collect();
    assert!(sent.len() >= 2, "{}", lab.said);
    assert_eq!(sent, all);
}
