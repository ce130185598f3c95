//! The lab's trace is read back and judged by RFC 1122 §3.2.1.3.

use wirelab::{play, Frame, Mac, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_no_address")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// Where the datagrams of a scene come from, and what they say.
fn datagrams(trace: &Trace) -> Vec<(String, String)> {
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let datagrams = frames.filter_map(|frame| {
        let (ip, udp) = (frame.ipv4()?, frame.udp()?);
        let text = String::from_utf8_lossy(udp.payload).into_owned();
        Some((ip.source.to_string(), text))
    });
    datagrams.collect()
}

#[test]
fn a_card_without_an_address_sends_to_nobody() {
    let Some(trace) = scene("none") else { return };
    assert_eq!(trace.sent().count(), 0, "{}", trace.table());
    let said = trace.remarks("a");
    let [sent, bound] = said[..] else { panic!("{said:?}") };
    assert!(sent.contains("Network is unreachable"), "{sent}");
    assert!(bound.contains("Cannot assign requested"), "{bound}");
}

#[test]
fn it_can_ask_all_from_0_0_0_0() {
    let Some(trace) = scene("asking") else { return };
    let asked = ("0.0.0.0".to_owned(), "who am I?".to_owned());
    assert_eq!(datagrams(&trace), [asked]);
    let (_, sent) = trace.sent().next().unwrap();
    let frame = Frame::new(&sent.bytes);
    assert_eq!(frame.destination(), Some(Mac::BROADCAST));
    let to = frame.ipv4().unwrap().destination;
    assert!(to.is_broadcast(), "{to}");
}

#[test]
fn an_address_comes_from_configuration_and_not_from_ip() {
    // Nothing was sent that gives a one.
    let Some(trace) = scene("none") else { return };
    assert!(trace.hosts[0].interfaces[0].addresses.is_empty());
    let Some(trace) = scene("given") else { return };
    let said = trace.remarks("a");
    assert_eq!(said, ["eth0 is given 172.16.10.1/24"]);
    let hello = ("172.16.10.1".to_owned(), "hello".to_owned());
    assert_eq!(datagrams(&trace), [hello]);
    assert_eq!(trace.sent().count(), 3, "{}", trace.table());
}
