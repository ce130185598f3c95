//! The lab's trace is read back: the segments between two answers.

use wirelab::play;
use wirelab::Frame;

#[test]
fn the_congestion_window_doubles_and_a_loss_halves_it() {
    let lab = play(env!("CARGO_BIN_EXE_congestion")).unwrap();
    let Some(lab) = lab else { return };
    let lines: Vec<&str> = lab.said.lines().map(str::trim).collect();
    let rounds = ["10            10", "20            20"];
    assert_eq!(lines[1..3], rounds, "{}", lab.said);
    let rounds = ["40            40, one lost", "20            20"];
    assert_eq!(lines[3..5], rounds, "{}", lab.said);
    assert_eq!(lines[5..], ["21            21", "sent again: 1"]);
}

#[test]
fn ten_segments_leave_before_anybody_has_answered() {
    let lab = play(env!("CARGO_BIN_EXE_congestion")).unwrap();
    let Some(lab) = lab else { return };
    // And what follows is their answers.
    let sent = lab.trace.sent().map(|(_, sent)| {
        let data = Frame::new(&sent.bytes).payload();
        (sent.host, data.map_or(0, <[u8]>::len))
    });
    let sent: Vec<_> = sent.collect();
    assert_eq!(sent[..10], [(0, 100); 10], "{}", lab.trace.table());
    assert!(sent[10..].iter().all(|answer| *answer == (1, 0)));
    assert!(lab.trace.summaries().iter().all(|frame| !frame.lost));
}
