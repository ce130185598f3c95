//! The lab's trace: which frames a question and its answer cost.

use wirelab::{play, Frame, Trace};

/// Of each frame in a scene: who sent it, and its flags, or `UDP`.
fn frames(scene: &str) -> Option<Vec<(usize, String)>> {
    let lab = play(env!("CARGO_BIN_EXE_round_trips")).unwrap()?;
    let trace: Trace = lab.trace.scene(scene).expect(scene);
    let frames = trace.sent().map(|(_, sent)| {
        let frame = Frame::new(&sent.bytes);
        let flags = frame.tcp().map(|tcp| tcp.flags.to_string());
        (sent.host, flags.unwrap_or_else(|| "UDP".into()))
    });
    Some(frames.collect())
}

fn expect(scene: &str, want: &[(usize, &str)]) {
    let Some(frames) = frames(scene) else { return };
    let frames: Vec<_> =
        frames.iter().map(|(host, flags)| (*host, &**flags)).collect();
    assert_eq!(frames, want);
}

#[test]
fn udp_needs_two_frames_and_one_round_trip() {
    expect("udp", &[(0, "UDP"), (1, "UDP")]);
}

#[test]
fn a_new_connection_needs_eleven_frames_and_one_round_trip_more() {
    let (question, answer) = ("PSH ACK", "PSH ACK");
    expect(
        "tcp",
        &[
            (0, "SYN"),
            (1, "SYN ACK"),
            (0, "ACK"),
            (0, question),
            (1, "ACK"),
            (1, answer),
            (0, "ACK"),
            (0, "FIN ACK"),
            (1, "ACK"),
            (1, "FIN ACK"),
            (0, "ACK"),
        ],
    );
}

#[test]
fn a_connection_that_is_there_needs_no_round_trip_more_than_udp() {
    let (question, answer) = ("PSH ACK", "PSH ACK");
    expect(
        "again",
        &[(0, question), (1, "ACK"), (1, answer), (0, "ACK")],
    );
}
