//! What a kernel does with data that nobody acknowledges.

use wirelab::play;

#[test]
fn data_is_sent_again_until_the_time_is_over() {
    let program = env!("CARGO_BIN_EXE_user_timeout");
    let Some(lab) = play(program).unwrap() else { return };
    let segments = lab.trace.segments();
    assert!(segments.len() >= 2, "{segments:?}");
    for (host, flags) in &segments {
        assert_eq!((*host, &**flags), ("client", "PSH ACK"));
    }
    let all = lab.trace.summaries();
    // The same bytes each time, and none of them arrived.
    let same = |s: &wirelab::Summary| {
        s.lost && s.detail.starts_with("seq 1 ") && s.payload.is_some()
    };
    assert!(all.iter().all(same), "{all:?}");
    let met = lab.trace.remarks("client").pop().unwrap();
    assert!(met.contains("os error 110"), "{met}");
}
