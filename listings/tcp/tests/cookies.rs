//! A server may answer a SYN and keep no record.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn with_syn_cookies_the_server_is_never_in_syn_received() {
    let program = env!("CARGO_BIN_EXE_cookies");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.states(),
        [
            ("client", SynSent),
            ("server", Closed),
            ("client", Established),
            ("server", Established),
        ]
    );
    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
}
