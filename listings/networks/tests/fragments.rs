//! The lab's trace is read back and judged by RFC 791 §3.2 and RFC 1122
//! §3.3.2.

use networks::ipv4::Header;
use std::process::Command;
use wirelab::{play, Frame, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_fragments")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// The headers of a's packets, and what is behind them.
fn packets(trace: &Trace) -> Vec<(Header, Vec<u8>)> {
    let sent = trace.sent().filter(|(_, sent)| sent.host == 0);
    let packets = sent.map(|(_, sent)| {
        let packet = &sent.bytes[14..];
        let header = Header::parse(packet).unwrap();
        let data = packet[header.header_length..].to_vec();
        (header, data)
    });
    packets.collect()
}

#[test]
fn one_datagram_is_three_packets_and_one_receive() {
    let Some(trace) = scene("whole") else { return };
    let packets = packets(&trace);
    let parts: Vec<_> = packets
        .iter()
        .map(|(header, data)| {
            let more = header.more_fragments;
            (header.fragment_offset, data.len(), more)
        })
        .collect();
    assert_eq!(
        parts,
        [(0, 1480, true), (1480, 1480, true), (2960, 1048, false)]
    );
    for (header, _) in &packets {
        assert!(header.total_length <= 1500 && !header.dont_fragment);
        assert_eq!(header.identification, packets[0].0.identification);
        assert_eq!(header.protocol, 17);
    }
    // Together they are what UDP gave to IP: its header, and the data.
    let whole: Vec<u8> =
        packets.iter().flat_map(|(_, data)| data.clone()).collect();
    assert_eq!(whole[..6], [0x13, 0x88, 0x1b, 0x58, 0x0f, 0xa8]);
    assert_eq!(whole[8..], [0; 4000]);
    assert_eq!(trace.remarks("b"), ["recv: 4000 bytes"]);
}

#[test]
fn with_one_part_lost_nothing_is_delivered() {
    let Some(trace) = scene("lost") else { return };
    let frames = trace.summaries();
    let lost: Vec<_> = frames.iter().map(|f| f.lost).collect();
    assert_eq!(
        lost,
        [false, true, false, false, false],
        "{}",
        trace.table()
    );
    // What was sent after it is received, and it isn't.
    assert_eq!(trace.remarks("b"), ["recv: 5 bytes"]);
    // Nobody sends the lost part again.
    assert_eq!(packets(&trace).len(), 4);
}

#[test]
fn who_waits_for_a_part_in_vain_says_so() {
    let Some(trace) = scene("lost") else { return };
    let (_, last) = trace.sent().last().unwrap();
    let frame = Frame::new(&last.bytes);
    let icmp = frame.icmp().unwrap();
    // RFC 792: fragment reassembly time exceeded.
    assert_eq!((icmp.kind, icmp.code), (11, 1));
    let quote = icmp.quote.unwrap();
    assert_eq!(quote.source.to_string(), "172.16.10.1");
}

#[test]
fn what_must_not_be_cut_is_not_sent() {
    let Some(trace) = scene("forbidden") else { return };
    let said = trace.remarks("a");
    assert_eq!(
        said,
        [
            "send_to: 4000 bytes → Message too long (os error 90)",
            "send_to: 1473 bytes → Message too long (os error 90)",
            "send_to: 1472 bytes",
        ]
    );
    let packets = packets(&trace);
    let [(header, data)] = &packets[..] else {
        panic!("{}", trace.table());
    };
    assert!(header.dont_fragment && !header.more_fragments);
    // 20 bytes of IP, 8 of UDP.
    assert_eq!((header.total_length, data.len()), (1500, 8 + 1472));
    assert_eq!(trace.remarks("b"), ["recv: 1472 bytes"]);
}

#[test]
fn a_part_that_comes_last_is_put_in_its_place() {
    if let Err(why) = wirelab::probe() {
        return wirelab::skip(&why).unwrap();
    }
    let mut program = Command::new(env!("CARGO_BIN_EXE_fragments"));
    let output = program.arg("--late").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let received = said.lines().filter_map(|line| {
        line.strip_prefix('b')?.trim().strip_prefix("recv: ")
    });
    assert_eq!(
        received.collect::<Vec<_>>(),
        ["4000 bytes", "4000 bytes", "5 bytes", "1472 bytes"]
    );
}
