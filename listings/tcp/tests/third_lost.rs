//! Every later segment acknowledges the SYN, too.

use wirelab::TcpState::*;
use wirelab::{play, Fate};

#[test]
fn data_completes_a_handshake_whose_third_segment_was_lost() {
    let program = env!("CARGO_BIN_EXE_third_lost");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
            ("client", "PSH ACK".into()),
            ("server", "ACK".into()),
        ]
    );
    let frames = lab.trace.summaries();
    let lost = frames.iter().map(|frame| frame.fate == Fate::Lost);
    let lost: Vec<_> = lost.collect();
    assert_eq!(lost, [false, false, true, false, false]);
    assert_eq!(
        lab.trace.states(),
        [
            ("server", SynReceived),
            ("client", Established),
            ("server", Established),
        ]
    );
    assert_eq!(lab.trace.remarks("server"), ["accept → Ok"]);
}
