//! Who closes first has TIME-WAIT, and with it the port.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn the_end_that_closes_first_keeps_the_port() {
    let program = env!("CARGO_BIN_EXE_time_wait");
    let Some(lab) = play(program).unwrap() else { return };
    let fins = lab.trace.segments().into_iter();
    let fins = fins.filter(|(_, flags)| flags == "FIN ACK");
    let first = fins.map(|(host, _)| host).collect::<Vec<_>>();
    assert_eq!(first, ["server", "client"]);

    let states = lab.trace.states();
    assert!(!states.contains(&("client", TimeWait)), "{states:?}");
    let end = &states[states.len() - 3..];
    assert_eq!(
        end,
        [
            ("server", TimeWait),
            ("client", Closed),
            ("server", TimeWait)
        ]
    );
    assert_eq!(
        lab.trace.remarks("server"),
        [
            "drop",
            "bind → Address already in use",
            "bind with SO_REUSEADDR → Ok",
        ]
    );
}
