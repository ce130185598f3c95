//! Each of the eleven states of RFC 9293 §3.3.2, and who was in it.

use wirelab::TcpState::{self, *};
use wirelab::{play, Trace};

fn trace() -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_all_states")).unwrap()?;
    for state in TcpState::ALL {
        assert!(lab.said.contains(state.name()), "{}", lab.said);
    }
    Some(lab.trace)
}

#[test]
fn none_is_missing() {
    let Some(trace) = trace() else { return };
    let seen = trace.states();
    for state in TcpState::ALL {
        assert!(seen.iter().any(|(_, s)| *s == state), "no {state}");
    }
}

#[test]
fn only_ends_that_close_at_once_are_closing() {
    let Some(trace) = trace() else { return };
    for (name, closing) in [("one_by_one", 0), ("at_once", 2)] {
        let scene = trace.scene(name).unwrap();
        let states = scene.states();
        let count =
            |state| states.iter().filter(|(_, s)| *s == state).count();
        assert_eq!(count(Closing), closing, "{name}");
        // One keeps TIME-WAIT, or both do.
        assert_eq!(count(TimeWait), closing.max(1), "{name}");
        // Without a passive closer, three states are left out.
        for state in [CloseWait, FinWait2, LastAck] {
            assert_eq!(count(state), usize::from(closing == 0));
        }
    }
}
