//! The lab's trace is read back: who may send, and how much.

use socket2::SockRef;
use std::io::ErrorKind;
use std::net::UdpSocket;
use wirelab::frame::Tcp;
use wirelab::{play, Frame, Played, Trace};

fn lab() -> Option<Played> {
    play(env!("CARGO_BIN_EXE_flow_control")).unwrap()
}

/// All segments: 0 for the sender's, 1 for the receiver's.
fn segments(trace: &Trace) -> Vec<(usize, Tcp<'_>)> {
    let sent = trace.sent().map(|(_, sent)| sent);
    sent.filter_map(|s| Some((s.host, Frame::new(&s.bytes).tcp()?)))
        .collect()
}

#[test]
fn nothing_is_sent_that_the_window_does_not_allow() {
    let Some(lab) = lab() else { return };
    // Where the window ends that was offered last.
    let mut end = None;
    let mut data = 0;
    for (host, segment) in segments(&lab.trace) {
        match (host, end) {
            (1, _) => {
                let window = u32::from(segment.window);
                let it = segment.acknowledgment.wrapping_add(window);
                end = Some(it);
            }
            (_, Some(end)) => {
                let length = segment.payload.len() as u32;
                data += length;
                let last = segment.sequence.wrapping_add(length);
                let left = (end as i32).wrapping_sub(last as i32);
                assert!(left >= 0, "{}", lab.trace.table());
            }
            _ => {}
        }
    }
    assert!(data >= 14_000, "{data}");
}

#[test]
fn a_window_of_zero_is_asked_for_again() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("shut").unwrap();
    let segments = segments(&scene);
    let shut = |(host, s): &(usize, Tcp)| *host == 1 && s.window == 0;
    let first = segments.iter().position(shut).expect("a window of 0");
    let (_, shut) = segments[first];
    let behind = &segments[first + 1..];
    // A sequence number that was acknowledged long ago, and no data.
    let probe = behind.iter().any(|(host, s)| {
        let old = shut.acknowledgment.wrapping_sub(1);
        *host == 0 && s.sequence == old && s.payload.is_empty()
    });
    assert!(probe, "{}", scene.table());
    assert_eq!(
        behind.last().map(|(host, s)| (*host, s.window)),
        Some((1, 0))
    );
    assert!(lab.said.contains("  write_all: waits\n"), "{}", lab.said);
}

#[test]
fn the_window_opens_when_the_receiver_reads() {
    let Some(lab) = lab() else { return };
    let scene = lab.trace.scene("open").unwrap();
    let segments = segments(&scene);
    let opens = segments.iter().find(|(host, _)| *host == 1);
    assert!(opens.unwrap().1.window > 0, "{}", scene.table());
    let all = "  14000 bytes read, as they were sent\n";
    assert!(lab.said.ends_with(all), "{}", lab.said);
}

#[test]
fn udp_sends_on_and_the_rest_is_dropped() {
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    SockRef::from(&to).set_recv_buffer_size(4096).unwrap();
    to.set_nonblocking(true).unwrap();
    let address = to.local_addr().unwrap();
    let from = UdpSocket::bind("127.0.0.1:0").unwrap();
    for _ in 0..100 {
        assert_eq!(from.send_to(&[0; 1000], address).unwrap(), 1000);
    }
    let mut received = 0;
    let error = loop {
        match to.recv(&mut [0; 1000]) {
            Ok(_) => received += 1,
            Err(error) => break error,
        }
    };
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    assert!((1..50).contains(&received), "{received}");
}
