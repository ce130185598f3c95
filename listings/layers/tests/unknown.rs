//! The lab's trace is read back: who answers to which number.

use wirelab::frame::EXPERIMENTAL;
use wirelab::{play, Frame};

#[test]
fn each_layer_refuses_in_its_own_way() {
    let lab = play(env!("CARGO_BIN_EXE_unknown")).unwrap();
    let Some(lab) = lab else { return };
    let frames: Vec<_> = lab.trace.sent().collect();
    let [first, packet, no_protocol, datagram, no_port] = &frames[..]
    else {
        panic!("{}", lab.trace.table());
    };
    let frame = |n: &(_, &wirelab::trace::Sent)| n.1.bytes.clone();
    let (first, packet) = (frame(first), frame(packet));
    let datagram = frame(datagram);
    // A frame of an unknown type: b says nothing.
    assert_eq!(Frame::new(&first).ethertype(), Some(EXPERIMENTAL));
    assert_eq!(Frame::new(&packet).ipv4().unwrap().protocol, 253);
    assert_eq!(
        Frame::new(&datagram).udp().unwrap().destination_port,
        9
    );
    // RFC 792: destination unreachable, by its code.
    for (answer, code, protocol) in
        [(no_protocol, 2, 253), (no_port, 3, 17)]
    {
        let bytes = frame(answer);
        let frame = Frame::new(&bytes);
        let icmp = frame.icmp().unwrap();
        assert_eq!((icmp.kind, icmp.code), (3, code));
        assert_eq!(icmp.quote.unwrap().protocol, protocol);
    }
    let said: Vec<_> = lab.said.lines().collect();
    assert_eq!(said[0], "EtherType 0x88b5: no answer");
    assert!(said[1].contains("Protocol not available"), "{said:?}");
    assert!(said[2].contains("Connection refused"), "{said:?}");
}
