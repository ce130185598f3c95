//! One test for whatever stands between hosts and passes frames on: who gets
//! which frame?

use anyhow::{Context, Result};
use std::time::Duration;
use wirelab::frame::EXPERIMENTAL;
use wirelab::trace::{Trace, What};
use wirelab::{wait_until, DEADLINE};
use wirelab::{Frame, Host, Lan, Mac, Port, Recording};

// ANCHOR: frames
const A: usize = 0;
const B: usize = 1;
const C: usize = 2;
const GROUP: Mac = Mac([0x01, 0x00, 0x5e, 0x01, 0x02, 0x03]);
const RESERVED: Mac = Mac([0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e]);
/// It is sent when the ageing time has passed.
const FORGOTTEN: &str = "b → a, forgotten";

/// What each frame is; who sends it, from which address and to which.
fn frames(
    [a, b, c]: [Mac; 3],
) -> [(&'static str, usize, Mac, Mac); 12] {
    [
        ("a → everybody", A, a, Mac::BROADCAST),
        ("b → c, silent so far", B, b, c),
        ("b → a", B, b, a),
        ("a → b", A, a, b),
        ("c → a group", C, c, GROUP),
        ("c → the switch itself", C, c, RESERVED),
        ("c → everybody, as a", C, a, Mac::BROADCAST),
        ("b → a, which has moved", B, b, a),
        ("c → a, at one port", C, c, a),
        ("a → b, a is back", A, a, b),
        ("b → a, a is back", B, b, a),
        (FORGOTTEN, B, b, a),
    ]
}
// ANCHOR_END: frames

/// What stands between the hosts.
pub trait Middle {
    /// Whom it has learned, and at which port, in the order of the
    /// addresses.
    ///
    /// # Errors
    /// When it doesn't say.
    fn table(&self) -> Result<Vec<(Mac, String)>>;

    /// How long it remembers.
    ///
    /// # Errors
    /// When it can't.
    fn set_ageing(&self, time: Duration) -> Result<()>;
}

/// The kernel's own.
impl Middle for Lan {
    fn table(&self) -> Result<Vec<(Mac, String)>> {
        self.learned()
    }

    fn set_ageing(&self, time: Duration) -> Result<()> {
        Lan::set_ageing(self, time)
    }
}

/// What came of a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub what: &'static str,
    /// Who got it: `b c`.
    pub got: String,
    /// What was known when they had it: `a at port1, b at port2`.
    pub known: String,
}

/// Three hosts, and what is recorded of them.
pub struct Hosts<'a> {
    hosts: [Host; 3],
    lan: &'a Lan,
    ports: Vec<Port>,
    recording: Recording,
    marks: usize,
}

/// Frames that are no part of the test begin with it.
const MARK: &str = "nothing follows ";

// ANCHOR: test
impl Hosts<'_> {
    /// Sends every frame, one after the other, and notes who gets it.
    ///
    /// # Errors
    /// When not all hosts hear a broadcast.
    pub fn test(
        &mut self,
        scene: &str,
        middle: &dyn Middle,
        ageing: Duration,
    ) -> Result<Vec<Outcome>> {
        self.recording.scene(scene);
        middle.set_ageing(ageing)?;
        let macs = [A, B, C].map(|host| self.mac(host));
        let mut outcomes = vec![];
        let mut known = String::new();
        for (what, from, source, destination) in frames(macs) {
            if what == FORGOTTEN {
                forget(middle)?;
                middle.set_ageing(ageing)?;
                self.note(middle, &mut known)?;
            }
            let text = format!("{scene}: {what}");
            let got = self.send(from, (source, destination), &text)?;
            self.note(middle, &mut known)?;
            let known = known.clone();
            outcomes.push(Outcome { what, got, known });
        }
        Ok(outcomes)
    }
    // ANCHOR_END: test
}

/// Waits until nobody is known any more.
fn forget(middle: &dyn Middle) -> Result<()> {
    middle.set_ageing(Duration::from_millis(10))?;
    wait_until("an empty table", DEADLINE, || {
        Ok(middle.table()?.is_empty())
    })
}

impl<'a> Hosts<'a> {
    /// Three hosts whose cables lead to this.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn new(lan: &'a Lan, hosts: [Host; 3]) -> Result<Self> {
        let all: Vec<_> = hosts.iter().collect();
        let mut recording = Recording::of(&all)?;
        recording.watch_switch(lan);
        let ports = hosts.iter().map(|host| Port::on(host, "eth0"));
        let ports = ports.collect::<Result<_>>()?;
        Ok(Hosts { hosts, lan, ports, recording, marks: 0 })
    }

    fn mac(&self, host: usize) -> Mac {
        self.hosts[host].interfaces()[0].mac
    }

    /// Looks at what is known now, `a at port1, b at port2`, and notes it if
    /// it is something else than before.
    fn note(
        &mut self,
        middle: &dyn Middle,
        known: &mut String,
    ) -> Result<()> {
        let table = middle.table()?;
        let mut now = vec![];
        for (n, host) in self.hosts.iter().enumerate() {
            let here = table.iter().filter(|l| l.0 == self.mac(n));
            let name = host.name();
            now.extend(here.map(|l| format!("{name} at {}", l.1)));
        }
        let now = now.join(", ");
        if now != *known {
            let whom = if now.is_empty() { "nobody" } else { &now };
            let text = format!("knows {whom}");
            self.recording.remark_switch(self.lan, text)?;
            *known = now;
        }
        Ok(())
    }

    /// Has a host send a text, and waits until it can't be on its way any
    /// more: what the host sends to all behind it has come to all. Who got
    /// it. No two texts may be alike.
    fn send(
        &mut self,
        from: usize,
        (source, destination): (Mac, Mac),
        text: &str,
    ) -> Result<String> {
        let port = &self.ports[from];
        let ours = frame(destination, source, text);
        port.send(&ours)
            .with_context(|| format!("can't send {text:?}"))?;
        self.marks += 1;
        let mark = format!("{MARK}{}", self.marks);
        let mark = frame(Mac::BROADCAST, self.mac(from), &mark);
        port.send(&mark)?;
        let others = self.hosts.len() - 1;
        self.recording.wait("a mark at all the others", |trace| {
            receivers(trace, &mark).len() == others
        })?;
        let got = receivers(&self.recording.so_far()?, &ours);
        let got = got.into_iter().map(|n| self.hosts[n].name());
        Ok(got.collect::<Vec<_>>().join(" "))
    }

    /// All that was recorded, and none of the marks.
    ///
    /// # Errors
    /// When frames were lost.
    pub fn trace(&mut self) -> Result<Trace> {
        let mut trace = self.recording.so_far()?;
        let mut count = 0;
        // Of each frame, its number without the marks.
        let numbers: Vec<_> = trace
            .sent()
            .map(|(_, sent)| {
                let payload = Frame::new(&sent.bytes).payload();
                let payload = payload.unwrap_or_default();
                let keep = !payload.starts_with(MARK.as_bytes());
                count += usize::from(keep);
                keep.then(|| count - 1)
            })
            .collect();
        let mut sent = 0;
        trace.events.retain_mut(|event| match &mut event.what {
            What::Sent(_) => {
                sent += 1;
                numbers[sent - 1].is_some()
            }
            What::Arrived(arrived) => match numbers[arrived.frame] {
                Some(number) => {
                    arrived.frame = number;
                    true
                }
                None => false,
            },
            _ => true,
        });
        Ok(trace)
    }
}

/// A text in a frame.
fn frame(destination: Mac, source: Mac, text: &str) -> Vec<u8> {
    let kind = EXPERIMENTAL.to_be_bytes();
    let parts = [&destination.0[..], &source.0, &kind, text.as_bytes()];
    parts.concat()
}

/// At which hosts a frame has arrived.
fn receivers(trace: &Trace, bytes: &[u8]) -> Vec<usize> {
    let sent: Vec<_> = trace.sent().map(|(_, sent)| sent).collect();
    let mut hosts: Vec<_> = trace
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Arrived(arrived) => Some(arrived),
            _ => None,
        })
        .filter(|arrived| sent[arrived.frame].bytes == bytes)
        .map(|arrived| arrived.host)
        .collect();
    hosts.sort_unstable();
    hosts
}
