//! The lab's trace is read back: who learns what of a letter.

use wirelab::play;
use wirelab::trace::Trace;

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_letter")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

#[test]
fn a_lost_letter_is_reported_to_nobody() {
    let Some(trace) = scene("lost") else { return };
    let frames = trace.summaries();
    assert_eq!(frames.len(), 1, "{}", trace.table());
    assert!(frames[0].lost);
    assert_eq!(
        trace.remarks("client"),
        ["send → Ok(9)", "recv would wait"]
    );
    assert_eq!(trace.remarks("server"), ["recv would wait"]);
}

#[test]
fn a_letter_to_nobody_comes_back_as_an_error() {
    let Some(trace) = scene("nobody") else { return };
    let frames = trace.summaries();
    let frames: Vec<_> = frames.iter().map(|f| &*f.headline).collect();
    assert_eq!(frames, ["UDP", "ICMP port unreachable"]);
    assert_eq!(
        trace.remarks("client"),
        ["send → Ok(9)", "recv → Connection refused"]
    );
}

#[test]
fn a_letter_that_came_too_early_is_not_kept() {
    let Some(trace) = scene("nobody") else { return };
    assert_eq!(trace.remarks("server"), ["bind; recv would wait"]);
}

#[test]
fn a_full_letterbox_loses_letters_without_a_word() {
    let program = env!("CARGO_BIN_EXE_letter");
    let Some(lab) = play(program).unwrap() else { return };
    let last = lab.said.lines().last();
    let full = "full:   100 letters arrived, and not all were kept";
    assert_eq!(last, Some(full));
}
