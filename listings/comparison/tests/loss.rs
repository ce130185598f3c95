//! The lab's trace is read back. Of TCP's scene only that is asked for which
//! holds in every run, however often it sends again.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use wirelab::frame::bad_checksums;
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
    let arrived = events.iter().filter_map(|event| match &event.what {
        What::Arrived(arrived) => Some(arrived),
        _ => None,
    });
    // One of them is damaged, and its checksum says so.
    let mut damaged = vec![];
    let numbers = arrived.map(|arrived| {
        damaged.extend(arrived.changed.as_deref());
        arrived.frame
    });
    let numbers = numbers.collect();
    let [bytes] = damaged[..] else {
        panic!("{damaged:?}");
    };
    assert_eq!(bad_checksums(bytes).len(), 1);
    numbers
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
fn udp_loses_reorders_doubles_and_drops_what_is_damaged() {
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
    assert_eq!((&*sent, &*came), ("1234567", "1435567"));
    // The damaged one came to the card, and not to the program.
    assert!(lab.said.contains("received 143557\n"), "{}", lab.said);
    let line = "InDatagrams 6  InCsumErrors 1\n";
    assert!(lab.said.contains(line), "{}", lab.said);
}

#[test]
fn udp_sends_each_message_once_and_nothing_else() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("udp").unwrap();
    let sent: Vec<_> = scene.sent().map(|(_, sent)| sent).collect();
    assert_eq!(sent.len(), 7, "{}", scene.table());
    for (frame, message) in sent.iter().zip(b"1234567") {
        assert_eq!(frame.host, 0);
        let frame = Frame::new(&frame.bytes);
        assert_eq!(frame.udp().unwrap().payload, [*message]);
        // Behind IP's header: eight bytes and the message.
        assert_eq!(frame.ipv4().unwrap().payload.len(), 8 + 1);
    }
}

#[test]
fn no_data_crosses_before_the_handshake() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("tcp").unwrap();
    let flags: Vec<_> = scene.segments();
    let [ref first @ .., _] = flags[..4] else { panic!() };
    let ends =
        [("sender", "SYN"), ("receiver", "SYN ACK"), ("sender", "ACK")];
    assert_eq!(first, ends.map(|(end, f)| (end, f.to_owned())));
    let data = |(_, sent): (_, &wirelab::trace::Sent)| {
        Frame::new(&sent.bytes).payload().map_or(0, <[u8]>::len)
    };
    let lengths: Vec<_> = scene.sent().map(data).collect();
    assert_eq!(lengths[..4], [0, 0, 0, 1]);
}

/// What the stream doesn't keep: two writes, one read.
#[test]
fn a_stream_does_not_keep_where_a_write_ended() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut from =
        TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (mut to, _) = listener.accept().unwrap();
    from.set_nodelay(true).unwrap();
    from.write_all(b"one").unwrap();
    from.write_all(b"two").unwrap();
    let mut data = [0; 100];
    while to.peek(&mut data).unwrap() < 6 {}
    assert_eq!(to.read(&mut data).unwrap(), 6);
    assert_eq!(&data[..6], b"onetwo");
}

#[test]
fn another_script_leaves_something_else() {
    let said = |faults: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loss"));
        let out = command.arg("--faults").arg(faults).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (out.status.success(), text(out.stdout), text(out.stderr))
    };
    if wirelab::probe().is_ok() {
        let (fine, out, err) = said("2>-!>2.");
        assert!(fine, "{err}");
        assert!(out.contains("received 1126657\n"), "{out}");
        assert!(out.contains("received 1234567\n"), "{out}");
    }
    let (fine, _, err) = said("......-");
    assert!(!fine && err.contains("the last one must pass"), "{err}");
}

#[test]
fn tcp_delivers_every_byte_once_and_in_order() {
    let Some(lab) = lab() else { return };
    let line = "TCP  sent 1234567  received 1234567\n";
    assert!(lab.said.contains(line), "{}", lab.said);
    let [_, tcp] = scenes(&lab.trace);
    let read = tcp.iter().filter_map(|event| match &event.what {
        What::Remark { host: 1, text } => Some(text.as_str()),
        _ => None,
    });
    assert_eq!(read.collect::<Vec<_>>(), ["received 1234567"]);
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
    assert!(segments.len() > 7, "nothing was sent again\n{table}");

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
