//! The last word of a process, as its peer's host saw it.

use wirelab::play;
use wirelab::trace::What;

#[test]
fn the_kernel_ends_what_a_process_leaves_behind() {
    let program = env!("CARGO_BIN_EXE_endings");
    let Some(lab) = play(program).unwrap() else { return };
    let end_of_file = "read → 0, end of file";
    let reset = "read → Connection reset by peer";
    for (name, flags, heard) in [
        ("exit", "FIN ACK", end_of_file),
        ("panic", "FIN ACK", end_of_file),
        ("SIGTERM", "FIN ACK", end_of_file),
        ("SIGKILL", "FIN ACK", end_of_file),
        ("unread", "RST ACK", reset),
        ("linger", "RST ACK", reset),
        ("held", "FIN ACK", end_of_file),
    ] {
        let scene = lab.trace.scene(name).expect(name);
        let segments = scene.segments();
        let mut clients =
            segments.iter().filter(|(host, _)| *host == "client");
        let last = clients.next_back().map(|(_, flags)| &**flags);
        assert_eq!(last, Some(flags), "{name}");
        let last = scene.remarks("server").last().copied();
        assert_eq!(last, Some(heard), "{name}");
    }
}

#[test]
fn a_copy_of_the_stream_keeps_it_open() {
    let program = env!("CARGO_BIN_EXE_endings");
    let Some(lab) = play(program).unwrap() else { return };
    let scene = lab.trace.scene("held").unwrap();
    let mut events = scene.events.iter();
    let is = |said: &'static str| move |what: &What| matches!(what, What::Remark { text, .. } if text == said);
    let dropped = events.by_ref().position(|e| is("drop")(&e.what));
    assert!(dropped.is_some());
    // Nothing is sent before the holder of the copy ends.
    let sent = |what: &What| matches!(what, What::Sent(_));
    let between = events
        .take_while(|e| !is("the other process ends")(&e.what))
        .filter(|e| sent(&e.what));
    assert_eq!(between.count(), 0);
    assert_eq!(scene.segments().len(), 2);
}
