//! The lab's trace is read back: the same frames, and who got them from the
//! hub, from our switch and from Linux's. And our switch without a network.

use networks::switching::{hub, Switch};
use std::collections::HashMap;
use std::time::{Duration, Instant};
use wirelab::trace::{Trace, What};
use wirelab::{play, Frame, Mac};

fn run() -> Option<(Trace, String)> {
    let lab = play(env!("CARGO_BIN_EXE_hub_and_switch")).unwrap()?;
    Some((lab.trace, lab.said))
}

/// Of a scene, what each frame says and who got it, and what was known.
fn scene(
    trace: &Trace,
    name: &str,
) -> (Vec<(String, String)>, Vec<String>) {
    let scene = trace.scene(name).expect(name);
    let mut frames: Vec<(String, Vec<&str>)> = vec![];
    for event in &scene.events {
        match &event.what {
            What::Sent(sent) => {
                let text = Frame::new(&sent.bytes).payload().unwrap();
                let text = String::from_utf8(text.to_vec()).unwrap();
                let text = text.split_once(": ").unwrap().1;
                frames.push((text.to_owned(), vec![]));
            }
            What::Arrived(arrived) => {
                assert_eq!(arrived.changed, None);
                let host = &trace.hosts[arrived.host].name;
                frames[arrived.frame].1.push(host);
            }
            _ => {}
        }
    }
    let frames = frames.into_iter().map(|(text, mut hosts)| {
        hosts.sort_unstable();
        (text, hosts.join(" "))
    });
    let known = scene.remarks("middle").into_iter().map(str::to_owned);
    (frames.collect(), known.collect())
}

/// Who got the frame of that name.
fn got(trace: &Trace, name: &str, frame: &str) -> String {
    let (frames, _) = scene(trace, name);
    let found = frames.into_iter().find(|(text, _)| text == frame);
    found.expect(frame).1
}

const SWITCHES: [&str; 2] = ["switch", "bridge"];

#[test]
fn our_switch_does_what_linux_does() {
    let Some((trace, said)) = run() else { return };
    let [ours, linux] = SWITCHES.map(|name| scene(&trace, name));
    assert_eq!(ours, linux);
    assert_eq!(ours.0.len(), 12);
    // It is on the screen, too: the last two columns are the same.
    let mut lines = said.lines();
    let head = lines.next().unwrap();
    let [ours, linux] = ["switch", "Linux"].map(|column| {
        let before = &head[..head.find(column).unwrap()];
        before.chars().count()
    });
    for line in lines {
        let line: Vec<_> = line.chars().collect();
        let cell = |from: usize| {
            let cell: String =
                line[from..].iter().take(linux - ours).collect();
            cell.trim().to_owned()
        };
        assert_eq!(cell(ours), cell(linux), "{said}");
    }
}

#[test]
fn a_hub_gives_every_frame_to_everybody() {
    let Some((trace, _)) = run() else { return };
    let (frames, known) = scene(&trace, "hub");
    assert_eq!(frames.len(), 12);
    for (text, got) in frames {
        let others = match text.chars().next() {
            Some('a') => "b c",
            Some('b') => "a c",
            _ => "a b",
        };
        assert_eq!(got, others, "{text}");
    }
    assert_eq!(known, [""; 0]);
}

#[test]
fn a_switch_floods_broadcasts_groups_and_whom_it_does_not_know() {
    let Some((trace, _)) = run() else { return };
    for name in SWITCHES {
        let got = |frame| got(&trace, name, frame);
        assert_eq!(got("a → everybody"), "b c");
        assert_eq!(got("c → a group"), "a b");
        assert_eq!(got("b → c, silent so far"), "a c");
        assert_eq!(got("b → a, forgotten"), "a c");
    }
}

#[test]
fn a_switch_gives_to_one_what_is_for_one() {
    let Some((trace, _)) = run() else { return };
    for name in SWITCHES {
        let got = |frame| got(&trace, name, frame);
        assert_eq!(got("b → a"), "a");
        assert_eq!(got("a → b"), "b");
        assert_eq!(got("c → the switch itself"), "");
        assert_eq!(got("c → a, at one port"), "");
    }
}

#[test]
fn a_moved_host_is_learned_anew() {
    let Some((trace, _)) = run() else { return };
    for name in SWITCHES {
        let got = |frame| got(&trace, name, frame);
        assert_eq!(got("b → a, which has moved"), "c");
        assert_eq!(got("b → a, a is back"), "a");
        assert_eq!(
            scene(&trace, name).1,
            [
                "knows a at port1",
                "knows a at port1, b at port2",
                "knows a at port1, b at port2, c at port3",
                "knows a at port3, b at port2, c at port3",
                "knows a at port1, b at port2, c at port3",
                "knows nobody",
                "knows b at port2",
            ]
        );
    }
}

// Our switch, without a network

fn frame(destination: Mac, source: Mac) -> Vec<u8> {
    let parts = [&destination.0[..], &source.0, &[0x88, 0xb5], b"!"];
    parts.concat()
}

#[test]
fn it_forgets_after_300_seconds() {
    let [a, b] = [1, 2].map(Mac::local);
    let start = Instant::now();
    let after = |ms| start + Duration::from_millis(ms);
    let mut switch = Switch::new(3);
    switch.forward(0, &frame(b, a), start);
    assert_eq!(switch.table(after(299_999)), [(a, 0)]);
    // To be heard is to be young.
    switch.forward(0, &frame(b, a), after(299_999));
    assert_eq!(switch.forward(1, &frame(a, b), after(400_000)), [0]);
    assert_eq!(switch.table(after(599_998)), [(a, 0), (b, 1)]);
    assert_eq!(switch.forward(1, &frame(a, b), after(599_999)), [0, 2]);
    assert_eq!(switch.table(after(599_999)), [(b, 1)]);
}

#[test]
fn a_frame_cut_at_any_byte_of_its_header_goes_nowhere() {
    let [a, b] = [1, 2].map(Mac::local);
    let mut switch = Switch::new(3);
    let whole = frame(b, a);
    for end in 0..14 {
        let now = Instant::now();
        assert_eq!(switch.forward(0, &whole[..end], now), [0; 0]);
        assert_eq!(switch.table(now), []);
    }
    assert_eq!(switch.forward(0, &whole[..14], Instant::now()), [1, 2]);
}

#[test]
fn a_group_is_never_a_sender() {
    let group = Mac([0x01, 0x00, 0x5e, 0, 0, 1]);
    let mut switch = Switch::new(3);
    for source in [group, Mac::BROADCAST] {
        let frame = frame(Mac::BROADCAST, source);
        let now = Instant::now();
        assert_eq!(switch.forward(0, &frame, now), [0; 0]);
        assert_eq!(switch.table(now), []);
    }
}

#[test]
fn reserved_groups_go_no_further_and_their_neighbours_do() {
    let mut switch = Switch::new(2);
    for last in 0..=0xff {
        let group = Mac([0x01, 0x80, 0xc2, 0, 0, last]);
        let frame = frame(group, Mac::local(1));
        let out = switch.forward(0, &frame, Instant::now());
        assert_eq!(out.is_empty(), last < 0x10, "{last:02x}");
    }
}

/// Numbers that are the same in each run: xorshift64.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 32) as usize % limit
    }
}

/// Ten cards among four ports, and each moves now and then. What was heard
/// last is what counts.
#[test]
fn it_sends_to_where_an_address_was_heard_last() {
    const PORTS: usize = 4;
    let mut numbers = Numbers(0x2545_f491_4f6c_dd1d);
    let mut switch = Switch::new(PORTS);
    let mut heard: HashMap<usize, usize> = HashMap::new();
    let now = Instant::now();
    for _ in 0..20_000 {
        let [from, to] = [(); 2].map(|()| numbers.below(10));
        let port = match heard.get(&from) {
            Some(&port) if numbers.below(8) > 0 => port,
            _ => numbers.below(PORTS),
        };
        heard.insert(from, port);
        let mac = |n: usize| Mac::local(n as u16);
        let out = switch.forward(port, &frame(mac(to), mac(from)), now);
        let expected = match heard.get(&to) {
            Some(&there) if there == port => vec![],
            Some(&there) => vec![there],
            None => hub(PORTS, port),
        };
        assert_eq!(out, expected);
        assert!(!out.contains(&port), "back to where it came from");
    }
    assert_eq!(switch.table(now).len(), 10);
}

#[test]
fn no_bytes_make_it_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let mut switch = Switch::new(3);
    let now = Instant::now();
    for length in 0..4_000 {
        let noise: Vec<u8> = (0..length % 80)
            .map(|_| numbers.below(256) as u8)
            .collect();
        let port = numbers.below(3);
        let out = switch.forward(port, &noise, now);
        assert!(out.iter().all(|&to| to < 3 && to != port));
    }
}
