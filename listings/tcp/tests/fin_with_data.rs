//! Which segment carries the FIN, and when the reader meets it.

use wirelab::TcpState::*;
use wirelab::{play, Trace};

fn scene(name: &str) -> Option<Trace> {
    let program = env!("CARGO_BIN_EXE_fin_with_data");
    let lab = play(program).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene of that name"))
}

/// The client's segments: their flags, and what they carry.
fn sent(trace: &Trace) -> Vec<(String, Option<String>)> {
    let all = trace.summaries().into_iter();
    let client = all.filter(|s| trace.hosts[s.from].name == "client");
    client.map(|s| (s.headline, s.payload)).collect()
}

#[test]
fn data_that_is_gone_leaves_the_fin_alone() {
    let Some(trace) = scene("apart") else { return };
    let [(data, payload), (fin, nothing)] = &sent(&trace)[..] else {
        panic!("not two segments: {:?}", sent(&trace));
    };
    assert_eq!((&**data, &**fin), ("PSH ACK", "FIN ACK"));
    assert!(payload.as_ref().unwrap().contains("question"));
    assert_eq!(*nothing, None);
}

#[test]
fn data_that_waits_takes_the_fin_along() {
    let Some(trace) = scene("together") else { return };
    let [(both, payload)] = &sent(&trace)[..] else {
        panic!("not one segment: {:?}", sent(&trace));
    };
    assert_eq!(both, "FIN PSH ACK");
    assert!(payload.as_ref().unwrap().contains("question"));
    // Eight bytes and the FIN: the ninth number is taken, too.
    let all = trace.summaries();
    assert!(all.last().unwrap().detail.contains("ack 10"));
}

#[test]
fn the_kernel_acknowledges_before_the_program_reads() {
    for name in ["apart", "together"] {
        let Some(trace) = scene(name) else { return };
        let text = trace.normalised();
        let ack = text.find("client is FIN-WAIT-2").unwrap();
        let read = text.find("server: read → \"question\"").unwrap();
        let end = text.find("server: read → 0").unwrap();
        assert!(ack < read && read < end, "{text}");
        let states = trace.states();
        assert_eq!(states.last(), Some(&("client", FinWait2)));
        assert!(states.contains(&("server", CloseWait)));
        assert_eq!(trace.segments().last().unwrap().0, "server");
    }
}
