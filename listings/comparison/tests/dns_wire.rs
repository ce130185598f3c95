//! The trace is read back: two datagrams, and then a connection.

use comparison::dns::{read_framed, Message};
use wirelab::TcpState::{Established, TimeWait};
use wirelab::{frame::bad_checksums, play, Frame, Played};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_dns_wire")).unwrap()
}

#[test]
fn the_cut_answer_is_followed_by_a_connection() {
    let Some(lab) = lab() else { return };
    let frames: Vec<_> = lab.trace.sent().map(|(_, s)| s).collect();
    assert_eq!(frames.len(), 13, "{}", lab.trace.table());
    for sent in &frames {
        assert_eq!(bad_checksums(&sent.bytes), [""; 0]);
    }
    let [query, cut] = [0, 1].map(|n| {
        let udp = Frame::new(&frames[n].bytes).udp().expect("UDP");
        let ports = [udp.source_port, udp.destination_port];
        assert_eq!(ports[1 - n], 53);
        Message::parse(udp.payload).unwrap()
    });
    assert_eq!((frames[0].host, frames[1].host), (0, 1));
    assert!(!query.response && cut.response && cut.truncated);
    assert!(cut.answers.is_empty());

    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
            ("client", "PSH ACK".into()),
            ("server", "ACK".into()),
            ("server", "PSH ACK".into()),
            ("client", "ACK".into()),
            ("client", "FIN ACK".into()),
            ("server", "ACK".into()),
            ("server", "FIN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    // One write is one segment: the length, and the message.
    let [again, whole] = [5, 7].map(|n| {
        let frame = Frame::new(&frames[n].bytes);
        let mut payload = frame.payload().unwrap();
        let message = read_framed(&mut payload).unwrap().unwrap();
        assert!(payload.is_empty());
        Message::parse(&message).unwrap()
    });
    assert_eq!(again, query);
    assert!(whole.response && !whole.truncated);
    assert_eq!(whole.answers.len(), 8);
    assert_eq!(whole.questions, query.questions);
    assert_eq!(
        lab.trace.states(),
        [
            ("client", Established),
            ("server", Established),
            ("client", TimeWait),
        ]
    );
}

#[test]
fn it_prints_both_answers() {
    let Some(lab) = lab() else { return };
    assert_eq!(
        lab.said,
        "UDP  29 bytes  TC true  0 records\n\
         TCP  525 bytes  TC false  8 records\n"
    );
}
