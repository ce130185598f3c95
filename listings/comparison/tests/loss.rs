//! The lab's trace is read back. Of TCP's scene only that is asked for which
//! holds in every run, however often it sends again.

use std::collections::BTreeMap;
use wirelab::trace::{Event, Trace, What};
use wirelab::{play, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_loss")).unwrap()
}

/// The frames that carry data from the sender, over the whole trace, by
/// their numbers.
fn data(trace: &Trace) -> BTreeMap<usize, Frame<'_>> {
    let frames = trace.sent().map(|(_, sent)| sent).enumerate();
    frames
        .filter(|(_, sent)| sent.host == 0)
        .map(|(n, sent)| (n, Frame::new(&sent.bytes)))
        .filter(|(_, f)| f.payload().is_some_and(|p| !p.is_empty()))
        .collect()
}

/// The numbers of the frames that arrive, in that order.
fn arrivals(events: &[Event]) -> Vec<usize> {
    let numbers = events.iter().filter_map(|event| match &event.what {
        What::Arrived(arrived) => {
            assert_eq!(arrived.changed, None);
            Some(arrived.frame)
        }
        _ => None,
    });
    numbers.collect()
}

/// The events of UDP's scene, and of TCP's.
fn scenes(trace: &Trace) -> [&[Event]; 2] {
    let scene = |name: &str| {
        let is = |event: &Event| matches!(&event.what, What::Scene(s) if s == name);
        trace.events.iter().position(is).expect(name)
    };
    let (udp, tcp) = (scene("udp"), scene("tcp"));
    assert_eq!(udp, 0);
    [&trace.events[..tcp], &trace.events[tcp..]]
}

#[test]
fn udp_loses_reorders_and_doubles() {
    let Some(lab) = lab() else { return };
    let data = data(&lab.trace);
    let [udp, _] = scenes(&lab.trace);
    let text = |n: &usize| {
        let frame = &data[n];
        assert!(frame.udp().is_some(), "{}", lab.trace.table());
        let text = frame.payload().unwrap();
        String::from_utf8(text.to_vec()).unwrap()
    };
    let sent = data.iter().filter(|(_, frame)| frame.udp().is_some());
    let sent: String = sent.map(|(n, _)| text(n)).collect();
    let came: String = arrivals(udp).iter().map(text).collect();
    assert_eq!((&*sent, &*came), ("123456", "143556"));
    assert!(lab.said.contains("received 143556\n"), "{}", lab.said);
}

#[test]
fn tcp_delivers_every_byte_once_and_in_order() {
    let Some(lab) = lab() else { return };
    let line = "TCP  sent 123456  received 123456\n";
    assert!(lab.said.contains(line), "{}", lab.said);
    let [_, tcp] = scenes(&lab.trace);
    let read = tcp.iter().filter_map(|event| match &event.what {
        What::Remark { host: 1, text } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), ["received 123456"]);
}

#[test]
fn tcp_sends_again_what_was_lost() {
    let Some(lab) = lab() else { return };
    let table = lab.trace.table();
    let [_, tcp] = scenes(&lab.trace);
    let came = arrivals(tcp);
    let segments: Vec<_> = data(&lab.trace)
        .into_iter()
        .filter_map(|(n, frame)| Some((n, frame.tcp()?)))
        .collect();
    assert!(segments.len() > 6, "nothing was sent again\n{table}");

    // The second never arrives; its byte does, in a later segment.
    let (lost, second) = segments[1];
    assert!(!came.contains(&lost), "{table}");
    let has = |n: &usize| {
        segments.iter().any(|(m, segment)| {
            let into = second.sequence.wrapping_sub(segment.sequence);
            m == n && segment.payload.get(into as usize) == Some(&b'2')
        })
    };
    assert!(came.iter().any(has), "{table}");

    // The third arrives after the fourth, and the fifth twice.
    let place = |n: usize| came.iter().position(|m| *m == n);
    let [third, fourth] = [2, 3].map(|i| place(segments[i].0));
    assert!(fourth < third && fourth.is_some(), "{table}");
    let fifth = came.iter().filter(|n| **n == segments[4].0);
    assert_eq!(fifth.count(), 2, "{table}");
}
