//! The lab's trace is read back and judged by RFC 1122 §3.3.1.1.

use networks::cidr::Subnet;
use std::net::Ipv4Addr;
use wirelab::frame::{layers, ArpOperation};
use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_wrong_mask")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// The frames of a scene with who sent them.
fn frames<'a>(
    trace: &'a Trace,
    scene: &str,
) -> Vec<(&'a str, Frame<'a>)> {
    let (mut here, mut frames) = (false, vec![]);
    for event in &trace.events {
        match &event.what {
            What::Scene(name) => here = name == scene,
            What::Sent(sent) if here => {
                let name = &*trace.hosts[sent.host].name;
                frames.push((name, Frame::new(&sent.bytes)));
            }
            _ => {}
        }
    }
    frames
}

/// For which address a host asks.
fn asks(frames: &[(&str, Frame<'_>)], host: &str) -> Vec<String> {
    let arps = frames.iter().filter(|(who, _)| *who == host);
    let arps = arps.filter_map(|(_, frame)| frame.arp());
    arps.filter(|arp| arp.operation == ArpOperation::Request)
        .map(|arp| arp.target_ip.to_string())
        .collect()
}

/// The datagrams among frames: by whom, to which card, time to live.
fn datagrams<'a>(
    frames: &[(&'a str, Frame<'_>)],
) -> Vec<(&'a str, Mac, u8)> {
    let ip = frames.iter().filter_map(|(who, frame)| {
        Some((*who, frame.destination()?, frame.ipv4()?.ttl))
    });
    ip.collect()
}

const A: Mac = Mac::local(1);
const B: Mac = Mac::local(2);
const ROUTER: Mac = Mac::local(3);

#[test]
fn a_finds_b_beside_it_and_asks_for_b() {
    let Some((trace, _)) = run() else { return };
    let frames = frames(&trace, "there");
    assert_eq!(asks(&frames, "a"), ["10.0.0.200"]);
    assert_eq!(datagrams(&frames), [("a", B, 64)]);
    assert_eq!(frames.len(), 3, "{}", trace.table());
    assert_eq!(trace.remarks("b")[0], "recv → \"hello\"");
}

#[test]
fn b_finds_a_far_away_and_asks_for_its_router() {
    let Some((trace, _)) = run() else { return };
    let frames = frames(&trace, "back");
    assert_eq!(asks(&frames, "b"), ["10.0.0.254"]);
    let expected = [("b", ROUTER, 64), ("router", A, 63)];
    assert_eq!(datagrams(&frames), expected, "{}", trace.table());
    let remarks = trace.remarks("a");
    assert!(remarks.contains(&"recv → \"hello too\""));
}

#[test]
fn without_a_router_b_sends_nothing() {
    let Some((trace, said)) = run() else { return };
    assert_eq!(frames(&trace, "unreachable").len(), 0);
    let error = "send_to → Network is unreachable (os error 101)";
    assert!(trace.remarks("b").contains(&error), "{said}");
}

/// b answers a's question, and so it knows who a is, and where. What it
/// does with a datagram for a is not decided there.
#[test]
fn b_knows_the_mac_address_that_it_does_not_send_to() {
    let Some((trace, _)) = run() else { return };
    let known = format!("ARP table: 10.0.0.1 is at {A}");
    let remarks = trace.remarks("b");
    assert!(remarks.contains(&&*known), "{remarks:?}");
}

#[test]
fn each_host_has_its_own_mask_in_its_routing_table() {
    let Some((trace, _)) = run() else { return };
    let a = "route to 10.0.0.0 mask 255.255.255.0: direct";
    let b = "route to 10.0.0.128 mask 255.255.255.128: direct";
    assert!(trace.remarks("a").contains(&a));
    assert!(!trace.remarks("a").contains(&b));
    assert!(trace.remarks("b").contains(&b));
    assert!(!trace.remarks("b").contains(&a));
    let all = "route to 0.0.0.0 mask 0.0.0.0: through 10.0.0.254";
    assert!(trace.remarks("b").contains(&all));
}

/// What the hosts do is what the sum says.
#[test]
fn the_relation_is_not_symmetric() {
    let Some((trace, _)) = run() else { return };
    let subnet = |n: usize| -> Subnet {
        trace.hosts[n].interfaces[0].addresses[0].parse().unwrap()
    };
    let (a, b) = (subnet(0), subnet(1));
    assert!(a.contains(b.address()) && !b.contains(a.address()));
    // There and back, to the same card and to another one.
    let there = datagrams(&frames(&trace, "there"))[0].1;
    let back = datagrams(&frames(&trace, "back"))[0].1;
    assert_eq!((there, back), (B, ROUTER));
}

#[test]
fn a_redirect_mends_it_for_one_destination() {
    let Some((trace, _)) = run() else { return };
    let frames = frames(&trace, "redirected");
    let [(b, _), (router, redirect), _, (again, _)] = &frames[..]
    else {
        panic!("{}", trace.table());
    };
    assert_eq!([*b, router, again], ["b", "router", "b"]);
    let redirect = redirect.icmp().unwrap();
    // RFC 792: redirect for the host, to a itself.
    assert_eq!((redirect.kind, redirect.code), (5, 1));
    assert_eq!(redirect.rest, [10, 0, 0, 1]);
    let ip: Vec<_> =
        frames.iter().filter(|(_, f)| f.udp().is_some()).collect();
    let to = ip.iter().map(|(_, f)| f.destination().unwrap());
    assert_eq!(to.collect::<Vec<_>>(), [ROUTER, A, A]);
    assert_eq!(ip[2].1.ipv4().unwrap().ttl, 64);
    let remarks = trace.remarks("a");
    assert_eq!(remarks.last(), Some(&"recv → \"once more\""));
}

#[test]
fn the_ip_header_has_no_field_for_a_mask() {
    let Some((trace, _)) = run() else { return };
    let mut headers = 0;
    for (_, sent) in trace.sent() {
        let layers = layers(&sent.bytes);
        let Some(ip) = layers.iter().find(|l| l.name == "IPv4") else {
            continue;
        };
        headers += 1;
        let names: Vec<_> = ip.fields.iter().map(|f| f.name).collect();
        // RFC 791 §3.1, without options: these are all its 20 bytes.
        assert_eq!(
            names,
            [
                "version",
                "internet header length",
                "DSCP",
                "ECN",
                "total length",
                "identification",
                "flags",
                "fragment offset",
                "time to live",
                "protocol",
                "header checksum",
                "source address",
                "destination address"
            ]
        );
        assert_eq!(ip.at.len(), 20);
    }
    // Datagrams: one there, two back, three more, and a redirect.
    assert_eq!(headers, 7);
}

#[test]
fn no_frame_carries_a_mask() {
    let Some((trace, _)) = run() else { return };
    let masks: [Ipv4Addr; 2] = ["255.255.255.0", "255.255.255.128"]
        .map(|m| m.parse().unwrap());
    for (_, sent) in trace.sent() {
        for mask in masks {
            let mut windows = sent.bytes.windows(4);
            assert!(
                !windows.any(|w| w == mask.octets()),
                "{sent:02x?}"
            );
        }
    }
}
