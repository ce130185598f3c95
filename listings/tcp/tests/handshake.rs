//! The lab's trace is read back and judged by what RFC 9293 §3.5 asks for.

use wirelab::trace::What;
use wirelab::TcpState::*;
use wirelab::{play, Frame};

#[test]
fn each_side_acknowledges_the_other_ones_first_number_plus_one() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.segments(),
        [
            ("client", "SYN".into()),
            ("server", "SYN ACK".into()),
            ("client", "ACK".into()),
        ]
    );
    let numbers = lab.trace.sent().map(|(_, sent)| {
        let segment = Frame::new(&sent.bytes).tcp().unwrap();
        (segment.sequence, segment.acknowledgment)
    });
    let [(x, _), (y, x1), (next, y1)] = numbers.collect::<Vec<_>>()[..]
    else {
        panic!("{}", lab.trace.table());
    };
    assert_eq!(x1, x.wrapping_add(1));
    assert_eq!(next, x.wrapping_add(1));
    assert_eq!(y1, y.wrapping_add(1));
    // What it prints are the numbers of the wire.
    for number in [x, y, x1, y1] {
        assert!(lab.said.contains(&number.to_string()), "{}", lab.said);
    }
}

#[test]
fn the_server_is_established_last() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    assert_eq!(
        lab.trace.states(),
        [
            ("server", Listen),
            ("client", SynSent),
            ("server", SynReceived),
            ("client", Established),
            ("server", Established),
        ]
    );
}

#[test]
fn connect_sends_the_request_and_it_is_a_syn() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    let mut told = vec![];
    for event in &lab.trace.events {
        match &event.what {
            What::Remark { text, .. } => told.push(text.clone()),
            What::Sent(sent) => {
                // The program has called connect, and nothing else.
                assert_eq!(told, ["listen", "connect"]);
                let frame = Frame::new(&sent.bytes);
                let segment = frame.tcp().unwrap();
                assert_eq!(segment.flags.to_string(), "SYN");
                assert!(segment.payload.is_empty());
                // To one address and one port.
                let to = frame.ipv4().unwrap().destination;
                assert_eq!(to.to_string(), "172.16.10.2");
                assert_eq!(segment.destination_port, 7000);
                return;
            }
            _ => {}
        }
    }
    panic!("nothing was sent");
}

#[test]
fn each_segment_is_protocol_6_in_a_packet_of_its_own() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let Some(lab) = play(program).unwrap() else { return };
    let packets: Vec<_> = lab
        .trace
        .sent()
        .map(|(_, sent)| {
            let packet = Frame::new(&sent.bytes).ipv4().unwrap();
            (packet.protocol, packet.is_fragment())
        })
        .collect();
    assert_eq!(packets, [(6, false); 3]);
}

#[test]
fn first_numbers_are_chosen_anew_each_time() {
    let program = env!("CARGO_BIN_EXE_handshake");
    let mut first_numbers = vec![];
    for _ in 0..2 {
        let Some(lab) = play(program).unwrap() else { return };
        let sent = lab.trace.sent().take(2);
        first_numbers.extend(sent.map(|(_, sent)| {
            Frame::new(&sent.bytes).tcp().unwrap().sequence
        }));
    }
    first_numbers.sort();
    first_numbers.dedup();
    assert_eq!(first_numbers.len(), 4);
}
