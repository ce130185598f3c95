//! The lab's trace is read back and judged by RFC 791 §3.2 and RFC 1122
//! §3.3.4.

use wirelab::trace::What;
use wirelab::{play, Frame, Mac, Trace};

fn scene(name: &str) -> Option<Trace> {
    let lab = play(env!("CARGO_BIN_EXE_two_addresses")).unwrap()?;
    Some(lab.trace.scene(name).expect("a scene"))
}

/// The sender's card, its MAC and IP address, of each datagram.
fn datagrams(trace: &Trace) -> Vec<(String, Mac, String)> {
    let all = trace.sent().filter_map(|(_, sent)| {
        let frame = Frame::new(&sent.bytes);
        frame.udp()?;
        let card = &trace.hosts[sent.host].interfaces[sent.interface];
        let ip = frame.ipv4()?.source.to_string();
        Some((card.name.clone(), frame.source()?, ip))
    });
    all.collect()
}

fn from(card: &str, mac: u16, ip: &str) -> (String, Mac, String) {
    (card.to_owned(), Mac::local(mac), ip.to_owned())
}

#[test]
fn one_card_has_two_addresses() {
    let Some(trace) = scene("one_card") else { return };
    assert_eq!(
        datagrams(&trace),
        [
            from("eth0", 2, "172.16.10.1"),
            from("eth0", 2, "172.16.20.1")
        ],
        "{}",
        trace.table()
    );
    // Who asks for either is answered with the same MAC address.
    let frames = trace.sent().map(|(_, sent)| Frame::new(&sent.bytes));
    let answers = frames.filter_map(|frame| {
        let arp = frame.arp()?;
        let is_reply = frame.source() == Some(Mac::local(1));
        is_reply.then(|| (arp.sender_ip.to_string(), arp.sender_mac))
    });
    let mac = Mac::local(1);
    assert_eq!(
        answers.collect::<Vec<_>>(),
        [("172.16.10.2".into(), mac), ("172.16.20.2".into(), mac)]
    );
    let who =
        ["recv_from 172.16.10.1:5000", "recv_from 172.16.20.1:5000"];
    assert_eq!(trace.remarks("b"), who);
}

#[test]
fn another_card_has_an_address_of_its_own() {
    let Some(trace) = scene("two_cards") else { return };
    let sent = datagrams(&trace);
    assert_eq!(sent, [from("eth1", 3, "172.16.30.1")]);
    assert_eq!(trace.remarks("c"), ["recv_from 172.16.30.1:5000"]);
}

/// RFC 1122 §3.3.4.2 leaves it open: the "weak" model.
#[test]
fn linux_takes_a_datagram_in_at_either_card() {
    let Some(trace) = scene("other_card") else { return };
    let (_, sent) = trace.sent().next().unwrap();
    let ip = Frame::new(&sent.bytes).ipv4().unwrap();
    assert_eq!(ip.destination.to_string(), "172.16.10.1");
    let came = trace.events.iter().find_map(|e| match &e.what {
        What::Arrived(a) => {
            Some(&trace.hosts[a.host].interfaces[a.interface])
        }
        _ => None,
    });
    let card = came.unwrap();
    assert_eq!(
        (&*card.name, &*card.addresses[0]),
        ("eth1", "172.16.30.1/24")
    );
    assert_eq!(trace.remarks("a"), ["recv_from 172.16.30.3:7000"]);
}
