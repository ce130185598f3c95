//! How a kernel finds out that the other end is gone, and nobody writes.

use wirelab::play;
use wirelab::TcpState::*;

#[test]
fn the_kernel_answers_a_probe_and_no_program_hears_of_it() {
    let program = env!("CARGO_BIN_EXE_keep_alive");
    let Some(lab) = play(program).unwrap() else { return };
    let all = lab.trace.summaries();
    let [_, _, probe, answer, ..] = &all[..] else { panic!("{all:?}") };
    // The number before the next one: the server has it already.
    assert!(probe.detail.starts_with("seq 0 "), "{all:?}");
    assert!(answer.detail.ends_with("ack 1"), "{all:?}");
    assert!(all[2..].iter().all(|s| s.payload.is_none()), "{all:?}");
    for host in ["client", "server"] {
        let remarks = lab.trace.remarks(host);
        assert!(remarks.contains(&"read → nothing yet"), "{remarks:?}");
    }
}

#[test]
fn a_reader_is_told_after_two_probes_without_an_answer() {
    let program = env!("CARGO_BIN_EXE_keep_alive");
    let Some(lab) = play(program).unwrap() else { return };
    let all = lab.trace.summaries();
    let lost: Vec<_> = all.iter().filter(|s| s.lost).collect();
    assert_eq!(lost.len(), all.len() - 4, "{all:?}");
    let segments = lab.trace.segments();
    let flags: Vec<&str> = segments.iter().map(|s| &*s.1).collect();
    assert_eq!(
        flags,
        ["PSH ACK", "ACK", "ACK", "ACK", "ACK", "ACK", "RST ACK"]
    );
    let met = lab.trace.remarks("client").pop().unwrap();
    assert!(met.contains("os error 110"), "{met}");
    let last = lab.trace.states().pop().unwrap();
    assert_eq!(last, ("server", Established));
}
