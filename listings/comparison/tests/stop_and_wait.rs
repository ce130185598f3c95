//! The lab's trace is read back: which part is good against which fault.

use std::process::Command;
use wirelab::trace::{Trace, What};
use wirelab::{play, Fate, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_stop_and_wait")).unwrap()
}

/// The data of each frame of an end, in the order of sending.
fn sent(trace: &Trace, host: usize) -> Vec<Vec<u8>> {
    let of = trace.sent().filter(|(_, sent)| sent.host == host);
    let data = of.map(|(_, sent)| Frame::new(&sent.bytes));
    data.map(|frame| frame.udp().expect("UDP").payload.to_vec())
        .collect()
}

#[test]
fn every_message_arrives_once_and_in_order() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("all").unwrap();
    assert_eq!(scene.remarks("receiver"), ["received abcdefg"]);
    // No frame comes before the first message, and all are UDP's.
    assert_eq!(sent(&scene, 0)[0], b"1a");
    // The cable did its worst.
    let fates: Vec<Fate> =
        scene.summaries().iter().map(|frame| frame.fate).collect();
    for fate in
        [Fate::Lost, Fate::Late, Fate::Duplicated, Fate::Changed]
    {
        assert!(fates.contains(&fate), "{}", scene.table());
    }
}

#[test]
fn a_message_leaves_when_the_one_before_it_is_acknowledged() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("all").unwrap();
    let frames: Vec<_> = scene.sent().map(|(_, sent)| sent).collect();
    let mut acknowledged = b'0';
    for event in &scene.events {
        match &event.what {
            What::Arrived(arrived) if arrived.host == 0 => {
                let bytes = &frames[arrived.frame].bytes;
                if let Some(&[number]) = Frame::new(bytes).payload() {
                    acknowledged = acknowledged.max(number);
                }
            }
            What::Sent(sent) if sent.host == 0 => {
                let data = Frame::new(&sent.bytes).payload();
                if let Some(&[number, _]) = data {
                    assert!(number <= acknowledged + 1);
                }
            }
            _ => {}
        }
    }
    assert_eq!(acknowledged, b'7');
    let line = "each frame delayed: 7 messages in ";
    assert!(lab.said.contains(line), "{}", lab.said);
}

#[test]
fn without_a_number_copies_are_taken_for_messages() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("number").unwrap();
    // b and c twice; d, which was damaged, never.
    assert_eq!(scene.remarks("receiver"), ["received abbccefg"]);
    let d =
        sent(&scene, 0).iter().filter(|data| **data == b"d").count();
    assert_eq!(d, 1);
}

#[test]
fn without_an_acknowledgement_nothing_is_sent_again() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("ack").unwrap();
    assert_eq!(scene.remarks("receiver"), ["received a"]);
    // Seven messages and the end; from the receiver, that it has heard it.
    assert_eq!(sent(&scene, 0).len(), 8);
    assert_eq!(sent(&scene, 1), [b""]);
}

#[test]
fn without_a_timeout_one_loss_is_the_end() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("timeout").unwrap();
    assert_eq!(scene.remarks("receiver"), ["received a"]);
    assert_eq!(sent(&scene, 0), [&b"1a"[..], b"2b", b""]);
}

#[test]
fn one_run_can_be_had_alone() {
    if wirelab::probe().is_err() {
        return;
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_stop_and_wait"));
    let out = command.args(["--without", "number"]).output().unwrap();
    let said = String::from_utf8(out.stdout).unwrap();
    assert!(out.status.success(), "{said}");
    let lines: Vec<&str> = said.lines().collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert_eq!(lines[1], "without number   abbccefg");
}
