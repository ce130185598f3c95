//! A scene of a trace, ready to be drawn and told: its frames, numbered from
//! 1, and what its hosts did and were between them.

use crate::words::Words;
use anyhow::Result;
use std::time::Duration;
use wirelab::summary::{Fate, Summary};
use wirelab::trace::{
    Arrived, Cast, Event, Sent, Station, Trace, What,
};
use wirelab::TcpState;

/// What a diagram shows.
#[derive(Debug)]
pub struct Exchange {
    pub hosts: Vec<Station>,
    pub frames: Vec<Frame>,
    /// In the order in which it happened.
    pub steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A frame left: an index into [`Exchange::frames`].
    Sent(usize),
    /// An arrival of a frame: an index into [`Frame::arrivals`].
    Arrived {
        frame: usize,
        arrival: usize,
    },
    State {
        host: usize,
        state: TcpState,
    },
    Remark {
        host: usize,
        text: String,
    },
}

/// A frame, and what became of it.
#[derive(Debug)]
pub struct Frame {
    pub from: usize,
    /// One that was sent later was there before it.
    pub late: bool,
    /// Whom a lost frame was for, if that is known.
    pub target: Option<usize>,
    pub lost: bool,
    pub headline: String,
    pub detail: String,
    pub payload: Option<String>,
    pub bytes: Vec<u8>,
    pub arrivals: Vec<Arrival>,
}

/// A frame came in at a host.
#[derive(Debug)]
pub struct Arrival {
    pub host: usize,
    pub cast: Cast,
    /// One that was sent later was there before it.
    pub late: bool,
    /// It came to this host before.
    pub again: bool,
    /// The bytes, if they are not those that were sent.
    pub changed: Option<Vec<u8>>,
    /// Nothing happened in between that a reader has to see before it.
    pub direct: bool,
}

/// A frame that took longer, while others were sent, is drawn as slow.
const SLOW: Duration = Duration::from_millis(10);

impl Exchange {
    /// The scene of that name, or all of a trace that has none.
    pub fn new(trace: &Trace, scene: &str) -> Exchange {
        let mut exchange = Exchange {
            hosts: trace.hosts.clone(),
            frames: vec![],
            steps: before(trace, scene),
        };
        let summaries = trace.summaries();
        // Of each frame of the trace, the one that it is here.
        let mut numbers: Vec<Option<usize>> = vec![];
        let mut inside = scene.is_empty();
        for (n, event) in trace.events.iter().enumerate() {
            match &event.what {
                What::Scene(name) => inside = name == scene,
                What::Sent(sent) => {
                    let number =
                        inside.then_some(exchange.frames.len());
                    if let (true, Some(summary)) =
                        (inside, summaries.get(numbers.len()))
                    {
                        let step = Step::Sent(exchange.frames.len());
                        exchange.frames.push(frame(summary, sent));
                        exchange.steps.push(step);
                    }
                    numbers.push(number);
                }
                // However late: it is this scene's frame.
                What::Arrived(arrived) => {
                    let frame = numbers.get(arrived.frame).copied();
                    if let Some(frame) = frame.flatten() {
                        let direct = is_direct(trace, n, arrived);
                        exchange.arrive(frame, arrived, direct);
                    }
                }
                What::State { host, state } if inside => {
                    let (host, state) = (*host, *state);
                    exchange.steps.push(Step::State { host, state });
                }
                What::Remark { host, text } if inside => {
                    let (host, text) = (*host, text.clone());
                    exchange.steps.push(Step::Remark { host, text });
                }
                What::State { .. } | What::Remark { .. } => {}
            }
        }
        exchange
    }

    fn arrive(
        &mut self,
        frame: usize,
        arrived: &Arrived,
        direct: bool,
    ) {
        let late = self.frames[frame].late;
        let arrivals = &mut self.frames[frame].arrivals;
        let again = arrivals.iter().any(|a| a.host == arrived.host);
        let arrival = arrivals.len();
        arrivals.push(Arrival {
            host: arrived.host,
            cast: arrived.cast,
            late: late && !direct,
            again,
            changed: arrived.changed.clone(),
            direct: direct && !again,
        });
        self.steps.push(Step::Arrived { frame, arrival });
    }

    /// Who takes part, and in how many frames.
    pub fn description(&self, words: &Words) -> Result<String> {
        let hosts: Vec<_> =
            self.hosts.iter().map(|host| &*host.name).collect();
        let text = match self.frames.len() {
            1 => words.get("trace_one")?,
            _ => words.get("trace_summary")?,
        };
        Ok(text
            .replace("{n}", &self.frames.len().to_string())
            .replace("{hosts}", &hosts.join(", ")))
    }

    /// Whether it is worth knowing which addresses the network cards have.
    pub fn shows_macs(&self) -> bool {
        let is_ip = |frame: &Frame| {
            matches!(
                frame.bytes.get(12..14),
                Some([0x08, 0] | [0x86, 0xdd])
            )
        };
        !self.frames.iter().all(is_ip)
    }
}

impl Arrival {
    /// The words for what isn't as it should be.
    pub fn marks(&self) -> Vec<&'static str> {
        let marks = [
            (self.late, "trace_late"),
            (self.again, "trace_again"),
            (self.changed.is_some(), "trace_changed"),
            (self.cast == Cast::Other, "trace_other"),
        ];
        let marks = marks.into_iter().filter(|(is, _)| *is);
        marks.map(|(_, word)| word).collect()
    }
}

impl Frame {
    /// The word for a frame that is for many.
    pub fn cast_word(&self) -> Option<&'static str> {
        let casts = self.arrivals.iter().map(|arrival| arrival.cast);
        casts.into_iter().find_map(|cast| match cast {
            Cast::Broadcast => Some("trace_broadcast"),
            Cast::Multicast => Some("trace_multicast"),
            Cast::Unicast | Cast::Other => None,
        })
    }

    /// The hosts that it came to, each once.
    pub fn receivers(&self) -> Vec<usize> {
        let first = self.arrivals.iter().filter(|a| !a.again);
        first.map(|arrival| arrival.host).collect()
    }

    /// `“question” · 8 bytes`, with the last word in the page's language.
    pub fn payload(&self, words: &Words) -> Result<Option<String>> {
        let Some(payload) = &self.payload else { return Ok(None) };
        let Some((text, size)) = payload.rsplit_once(" · ") else {
            return Ok(Some(payload.clone()));
        };
        let size = match size.split_once(' ') {
            Some(("1", "byte")) => words.get("trace_byte")?.to_owned(),
            Some((n, "bytes")) => {
                words.get("trace_bytes")?.replace("{n}", n)
            }
            _ => size.to_owned(),
        };
        Ok(Some(format!("{text} · {size}")))
    }
}

fn frame(summary: &Summary, sent: &Sent) -> Frame {
    Frame {
        from: summary.from,
        late: summary.fate == Fate::Late,
        target: summary.to.first().copied().filter(|_| summary.lost),
        lost: summary.lost,
        headline: summary.headline.clone(),
        detail: summary.detail.clone(),
        payload: summary.payload.clone(),
        bytes: sent.bytes.clone(),
        arrivals: vec![],
    }
}

/// What connections are in when a scene begins: the state in which an
/// earlier one has left them, unless they are over, or the scene itself says
/// so before its first frame.
fn before(trace: &Trace, scene: &str) -> Vec<Step> {
    if scene.is_empty() {
        return vec![];
    }
    let is_start = |event: &&Event| matches!(&event.what, What::Scene(name) if name == scene);
    let earlier = trace.events.iter().take_while(|e| !is_start(e));
    let mut last = vec![None; trace.hosts.len()];
    for event in earlier {
        if let What::State { host, state } = event.what {
            last[host] = Some(state);
        }
    }
    let mut own = trace.events.iter().skip_while(|e| !is_start(e));
    own.next();
    for event in own {
        match event.what {
            What::State { host, .. } => last[host] = None,
            What::Remark { .. } => {}
            _ => break,
        }
    }
    let over = [TcpState::Closed, TcpState::TimeWait];
    let steps = last.into_iter().enumerate();
    let steps = steps.filter_map(|(host, state)| {
        let state = state.filter(|state| !over.contains(state))?;
        Some(Step::State { host, state })
    });
    steps.collect()
}

/// Whether a frame came in at once, before anything else happened to the
/// host that it came to, and without meeting one that it had sent.
fn is_direct(trace: &Trace, at: usize, arrived: &Arrived) -> bool {
    let events = &trace.events;
    let mut sent = events
        .iter()
        .enumerate()
        .filter(|(_, event)| matches!(event.what, What::Sent(_)));
    let Some((from, departure)) = sent.nth(arrived.frame) else {
        return false;
    };
    let What::Sent(own) = &departure.what else { return false };
    let Some(between) = events.get(from + 1..at) else { return false };
    let elsewhere = between.iter().all(|event| match &event.what {
        What::Sent(other) => other.host != arrived.host,
        What::Arrived(other) => other.host != arrived.host,
        What::State { host, .. } | What::Remark { host, .. } => {
            *host != arrived.host
        }
        What::Scene(_) => false,
    });
    let sender = |frame| trace.sent().nth(frame).map(|(_, s)| s.host);
    let met = between.iter().any(|event| match &event.what {
        What::Arrived(other) => {
            other.host == own.host
                && other.frame < arrived.frame
                && sender(other.frame) == Some(arrived.host)
        }
        _ => false,
    });
    let overtaken =
        between.iter().any(|e| matches!(e.what, What::Sent(_)));
    let took = events[at].at.saturating_sub(departure.at);
    elsewhere && !met && !(overtaken && took >= SLOW)
}
