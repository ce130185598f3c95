//! The lab's trace is read back: what was lost, and who was told.

use std::time::Duration;
use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_cut")).unwrap()
}

/// When the sender sent each segment of which `is` says yes.
fn times(trace: &Trace, is: impl Fn(&Frame) -> bool) -> Vec<Duration> {
    let times = trace.events.iter().filter_map(|e| match &e.what {
        What::Sent(sent) if sent.host == 0 => {
            is(&Frame::new(&sent.bytes)).then_some(e.at)
        }
        _ => None,
    });
    times.collect()
}

#[test]
fn a_lost_syn_is_sent_again_after_a_second() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("syn").unwrap();
    let syns = times(&scene, |f| f.tcp().is_some_and(|s| s.flags.syn));
    assert!(syns.len() >= 2, "{}", scene.table());
    // The clock that stamps frames may be set meanwhile, by a little.
    let later = syns[1].saturating_sub(syns[0]);
    assert!(later > Duration::from_millis(900), "{later:?}");
    assert!(scene.summaries()[0].lost, "{}", scene.table());
}

#[test]
fn tcp_sends_again_until_it_gives_up_and_says_so() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("cut").unwrap();
    let data = times(&scene, |f| f.tcp().is_some());
    assert!(data.len() >= 3, "{}", scene.table());
    // What isn't acknowledged is sent again, after a while.
    let again = data[1].saturating_sub(data[0]);
    assert!(again > Duration::from_millis(100), "{again:?}");
    let said = scene.remarks("sender");
    let calls = [
        "write → Ok(5)",
        "read → Connection timed out (os error 110)",
        "write → Broken pipe (os error 32)",
    ];
    assert_eq!(said, calls);
    // Nothing arrives, and the receiver hears of nothing.
    assert!(scene.summaries().iter().all(|frame| frame.lost));
    let said = scene.remarks("receiver");
    let nothing = "nothing to read, ESTABLISHED";
    assert_eq!(said, ["the cable is cut", nothing]);
}

#[test]
fn a_send_into_a_cut_cable_is_ok() {
    let Some(lab) = lab() else { return };
    let line = "UDP sender: send_to → Ok(5)\n";
    assert!(lab.said.contains(line), "{}", lab.said);
    let scene = lab.trace.scene("cut").unwrap();
    let sent = times(&scene, |f| f.udp().is_some());
    assert_eq!(sent.len(), 1, "{}", scene.table());
}
