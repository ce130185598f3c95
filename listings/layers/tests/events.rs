//! The order of events, read back from the trace, and how far up each frame
//! got.

use wirelab::trace::{Cast, Trace, What};
use wirelab::TcpState::*;
use wirelab::{play, Frame};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_events")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// The events of a trace by name: `client connect…`, `client sends SYN`.
fn events(trace: &Trace) -> Vec<String> {
    let mut frames = trace.summaries().into_iter();
    let name = |host: usize| &*trace.hosts[host].name;
    let events = trace.events.iter().filter_map(|e| match &e.what {
        What::Remark { host, text } => {
            Some(format!("{} {text}", name(*host)))
        }
        What::State { host, state } => {
            Some(format!("{} {state}", name(*host)))
        }
        What::Sent(sent) => {
            let headline = frames.next()?.headline;
            Some(format!("{} sends {headline}", name(sent.host)))
        }
        _ => None,
    });
    events.collect()
}

#[test]
fn one_call_sets_off_events_in_every_layer() {
    let Some((trace, _)) = run() else { return };
    let events = events(&trace);
    assert_eq!(
        events[..10],
        [
            "client application: connect(172.16.10.2:80)",
            "client internet: next hop 172.16.10.2",
            "client SYN-SENT",
            "client sends ARP request",
            "server sends ARP reply",
            "client sends SYN",
            "server SYN-RECEIVED",
            "server sends SYN ACK",
            "client ESTABLISHED",
            "client sends ACK",
        ]
    );
    let states = [
        ("client", SynSent),
        ("server", SynReceived),
        ("client", Established),
        ("server", Established),
    ];
    assert_eq!(trace.states(), states);
}

#[test]
fn bytes_are_acknowledged_before_they_are_read() {
    let Some((trace, _)) = run() else { return };
    let events = events(&trace);
    let place = |what: &str| {
        events.iter().position(|event| event == what).unwrap()
    };
    let write = place("client application: write, 18 bytes");
    let events = &events[write..];
    assert_eq!(
        events[..6],
        [
            "client application: write, 18 bytes",
            "client sends PSH ACK",
            "server sends ACK",
            "server transport: 18 bytes in order",
            "server application: read → 18 bytes",
            "server application: it says GET / HTTP/1.0",
        ]
    );
    assert_eq!(
        events[events.len() - 1],
        "client application: it says HTTP/1.0 200 OK"
    );
}

/// How the frames came to a host: for whom each was, and whether it is IP.
fn arrivals(trace: &Trace, host: &str) -> Vec<(Cast, bool)> {
    let frames: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    let arrivals = trace.events.iter().filter_map(|e| match &e.what {
        What::Arrived(a) if trace.hosts[a.host].name == host => {
            let frame = Frame::new(&frames[a.frame].bytes);
            Some((a.cast, frame.ipv4().is_some()))
        }
        _ => None,
    });
    arrivals.collect()
}

#[test]
fn the_bystander_hears_all_and_takes_in_nothing() {
    let Some((trace, said)) = run() else { return };
    let heard = arrivals(&trace, "bystander");
    assert_eq!(heard.len(), 9);
    assert_eq!(trace.sent().count(), 9);
    assert_eq!(heard[0], (Cast::Broadcast, false));
    assert!(heard[1..].iter().all(|(cast, _)| *cast == Cast::Other));
    for row in ["link, frames ", "internet, packets ", "transport, seg"]
    {
        let line = said.lines().find(|line| line.starts_with(row));
        let count = line.unwrap().split_whitespace().last();
        let expected = if row.starts_with("link") { "9" } else { "0" };
        assert_eq!(count, Some(expected), "{said}");
    }
}

#[test]
fn what_the_internet_layer_does_not_get_is_arp() {
    let Some((trace, said)) = run() else { return };
    for (host, column) in [("client", 3), ("server", 2)] {
        let heard = arrivals(&trace, host);
        let packets = heard.iter().filter(|(_, is_ip)| *is_ip).count();
        assert_eq!(heard.len() - packets, 1, "{heard:?}");
        for (row, expected) in
            [("link,", heard.len()), ("internet,", packets)]
        {
            let line = said.lines().find(|line| line.starts_with(row));
            let words = line.unwrap().split_whitespace();
            let count = words.rev().nth(column - 1).unwrap();
            assert_eq!(count, expected.to_string(), "{host}: {said}");
        }
    }
}
