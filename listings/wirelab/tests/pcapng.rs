//! Traces survive as files, and files that are none are turned away.

mod made;

use made::*;
use wirelab::Trace;

#[test]
fn every_kind_of_event_survives() {
    let trace = everything();
    let bytes = trace.to_pcapng().unwrap();
    let read = Trace::from_pcapng(&bytes).unwrap();
    for (i, (was, is)) in
        trace.events.iter().zip(&read.events).enumerate()
    {
        assert_eq!(is, was, "event {i}");
    }
    assert_eq!(read, trace);
}
