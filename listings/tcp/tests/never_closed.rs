//! Who waits, who gives up, and what crosses the cable meanwhile: nothing.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn only_the_side_that_closed_gives_up() {
    let program = env!("CARGO_BIN_EXE_never_closed");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.states(),
        [
            ("client", Established),
            ("server", Established),
            ("client", FinWait1),
            ("server", CloseWait),
            ("client", FinWait2),
            ("client", Closed),
            ("server", CloseWait),
            ("server", LastAck),
            ("server", Closed),
        ]
    );
}

#[test]
fn a_fin_that_comes_too_late_is_answered_by_a_reset() {
    let program = env!("CARGO_BIN_EXE_never_closed");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "FIN ACK".into()),
            ("server", "ACK".into()),
            ("server", "FIN ACK".into()),
            ("client", "RST".into()),
        ]
    );
    let table = lab.trace.table();
    let ms = |line: &str| line.trim().split(' ').next()?.parse().ok();
    let times = |what: &str| -> f64 {
        let mut lines = table.lines().filter(|l| l.contains(what));
        lines.find_map(ms).expect(what)
    };
    // 3.5 timeouts of a second, between the two frames of the server's.
    let silence = times("frame 3 left") - times("frame 2 left");
    assert!(silence >= 3000.0, "{table}");
}
