//! The headers by hand, against wirelab's own parser, every frame that the
//! book has recorded, and bytes that are none.

use layers::peel::peel;
use std::fs;
use std::ops::Range;
use std::path::Path;
use wirelab::{frame, play, Trace};

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/onion.rs"]
mod onion;

type Named = (&'static str, Range<usize>);

fn peeled(bytes: &[u8]) -> Vec<Named> {
    let layers = peel(bytes).unwrap().into_iter();
    layers.map(|layer| (layer.name, layer.at)).collect()
}

fn frames(scene: &str) -> Option<Vec<Vec<u8>>> {
    let lab = play(env!("CARGO_BIN_EXE_onion")).unwrap()?;
    let trace = lab.trace.scene(scene).expect("a scene of that name");
    Some(trace.sent().map(|(_, sent)| sent.bytes.clone()).collect())
}

#[test]
fn one_request_is_four_layers_in_84_bytes() {
    let Some(frames) = frames("request") else { return };
    let request = &frames[0];
    assert_eq!(request.len(), 84);
    assert_eq!(
        peeled(request),
        [
            ("Ethernet", 0..14),
            ("IPv4", 14..34),
            ("TCP", 34..66),
            ("HTTP", 66..84),
        ]
    );
    assert_eq!(request[66..], *b"GET / HTTP/1.0\r\n\r\n");
}

#[test]
fn an_acknowledgement_has_no_application_layer() {
    let Some(frames) = frames("request") else { return };
    let [_, ack] = &frames[..] else { panic!("{frames:02x?}") };
    let names = peeled(ack).into_iter().map(|(name, _)| name);
    assert_eq!(names.collect::<Vec<_>>(), ["Ethernet", "IPv4", "TCP"]);
}

#[test]
fn a_datagram_may_hold_a_whole_frame() {
    let Some(request) = frames("request") else { return };
    let Some(tunnel) = frames("tunnel") else { return };
    let [tunnel] = &tunnel[..] else { panic!("{tunnel:02x?}") };
    let names: Vec<_> =
        peeled(tunnel).into_iter().map(|(name, _)| name).collect();
    let outer = ["Ethernet", "IPv4", "UDP", "VXLAN"];
    let inner = ["Ethernet", "IPv4", "TCP", "HTTP"];
    assert_eq!(names, [outer, inner].concat());
    // Another run has other sequence numbers, but the same layers.
    assert_eq!(tunnel.len(), 14 + 20 + 8 + 8 + request[0].len());
    assert_eq!(peeled(&tunnel[50..]), peeled(&request[0]));
}

#[test]
fn arp_has_no_internet_layer() {
    let arp = onion::bytes(
        "ffffffffffff 020000000001 0806
        0001 0800 06 04 0001 020000000001 ac100a01 000000000000 ac100a02",
    );
    let arp = arp.unwrap();
    assert_eq!(peeled(&arp), [("Ethernet", 0..14), ("ARP", 14..42)]);
}

#[test]
fn it_agrees_with_wirelab_on_every_recorded_frame() {
    let listings = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    let mut agreed = 0;
    for package in fs::read_dir(listings.unwrap()).unwrap() {
        let traces = package.unwrap().path().join("traces");
        let Ok(traces) = fs::read_dir(traces) else { continue };
        for file in traces {
            let trace = Trace::load(file.unwrap().path()).unwrap();
            for (_, sent) in trace.sent() {
                let Ok(layers) = peel(&sent.bytes) else { continue };
                let theirs = frame::layers(&sent.bytes);
                let headers = ["Ethernet", "IPv4", "ARP", "TCP", "UDP"];
                for (ours, theirs) in layers.iter().zip(&theirs) {
                    if !headers.contains(&theirs.name) {
                        break;
                    }
                    assert_eq!(ours.name, theirs.name);
                    assert_eq!(ours.at, theirs.at);
                    agreed += 1;
                }
                let starts = layers.iter().skip(1).map(|l| l.at.start);
                let ends = layers.iter().map(|layer| layer.at.end);
                assert!(starts
                    .zip(ends)
                    .all(|(start, end)| start == end));
            }
        }
    }
    assert!(agreed > 500, "{agreed}");
}

#[test]
fn no_bytes_make_it_panic() {
    let mut number = 0x9e37_79b9_7f4a_7c15_u64;
    let whole = onion::bytes(
        "020000000002020000000001 0800 4500001c00000000401100 00
        ac100a01ac100a02 1388 1b58 0008 0000",
    );
    let whole = whole.unwrap();
    for n in 0..20_000 {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
        let mut bytes = whole.clone();
        let place = number as usize % bytes.len();
        bytes[place] ^= (number >> 32) as u8;
        bytes.truncate(n % (bytes.len() + 1));
        let _ = peel(&bytes);
    }
}

#[test]
fn it_says_what_is_wrong_with_a_frame() {
    let wrong = |hex: &str| {
        let bytes = onion::bytes(hex).unwrap();
        peel(&bytes).unwrap_err().to_string()
    };
    let cut = "cut: Ethernet has 14 bytes, and 2 are here";
    assert_eq!(wrong("0200"), cut);
    let packet = "4500 001c 0000 0000 4011 0000 ac10 0a01 ac10 0a02
        1388 1b58 0008 0000";
    assert_eq!(wrong(packet), "nobody reads 0xac10");
    assert!(onion::bytes("0").is_err());
    assert!(onion::bytes("zz").is_err());
}
