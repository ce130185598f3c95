//! How a trace comes about.

use crate::sys::{Captured, Way};
use crate::tap::{self, Tap};
use crate::tcp::Connection;
use crate::trace::{Arrived, Event, Sent, Station, Trace, What};
use crate::{Frame, Host, Lan, TcpState, DEADLINE};
use anyhow::{bail, Context, Result};
use std::ops::Range;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Watches hosts: what passes their network cards, and what the lab says
/// about them.
///
/// Watch every host of a network: a frame whose sender isn't watched can't be
/// drawn, and is an error.
#[derive(Debug)]
pub struct Recording {
    stations: Vec<Station>,
    taps: Vec<Spot>,
    notes: Vec<Event>,
    /// When the scene began.
    since: Duration,
    /// What was between, and is forgotten.
    forgotten: Vec<Range<Duration>>,
    /// Which frames are not recorded.
    left_out: Option<fn(&Frame) -> bool>,
    /// When the taps were read.
    until: Duration,
}

#[derive(Debug)]
struct Spot {
    host: usize,
    interface: usize,
    tap: Tap,
}

impl Recording {
    /// Begins to capture at every network card of the hosts. They are drawn
    /// in this order.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn of(hosts: &[&Host]) -> Result<Recording> {
        let mut recording = Recording {
            stations: vec![],
            taps: vec![],
            notes: vec![],
            since: Duration::ZERO,
            forgotten: vec![],
            left_out: None,
            until: Duration::ZERO,
        };
        for host in hosts {
            recording.watch(host)?;
        }
        Ok(recording)
    }

    /// Watches one more host, to be drawn right of the others.
    ///
    /// # Errors
    /// When the kernel refuses.
    pub fn watch(&mut self, host: &Host) -> Result<()> {
        let station = host.station();
        for (n, interface) in station.interfaces.iter().enumerate() {
            self.taps.push(Spot {
                host: self.stations.len(),
                interface: n,
                tap: Tap::on(host, &interface.name)?,
            });
        }
        self.stations.push(station);
        Ok(())
    }

    /// Draws a switch, right of the hosts that are watched so far. Nothing
    /// is captured at it.
    pub fn watch_switch(&mut self, lan: &Lan) {
        self.stations.push(lan.station());
    }

    /// Begins a diagram of its own.
    pub fn scene(&mut self, name: &str) {
        self.note(What::Scene(name.to_owned()));
        self.since = now();
    }

    /// Forgets what has happened since the scene began: what led up to it,
    /// or a scene that is to be played again.
    pub fn forget(&mut self) {
        let now = now();
        self.forgotten.push(self.since..now);
        self.since = now;
    }

    /// Records no frame of which `is` says yes, wherever and whenever it
    /// passes: what hosts send by themselves at random moments, and a lab
    /// isn't about.
    pub fn leave_out(&mut self, is: fn(&Frame) -> bool) {
        self.left_out = Some(is);
    }

    /// What the program at a host does now, or has met: `shutdown(Write)`.
    ///
    /// # Errors
    /// When the host isn't watched.
    pub fn remark(
        &mut self,
        at: &Host,
        text: impl Into<String>,
    ) -> Result<()> {
        self.remark_by_name(at.name(), text.into())
    }

    /// What a switch has learned.
    ///
    /// # Errors
    /// When the switch isn't watched.
    pub fn remark_switch(
        &mut self,
        lan: &Lan,
        text: impl Into<String>,
    ) -> Result<()> {
        self.remark_by_name(&lan.station().name, text.into())
    }

    fn remark_by_name(
        &mut self,
        name: &str,
        text: String,
    ) -> Result<()> {
        let host = self.index(name)?;
        self.note(What::Remark { host, text });
        Ok(())
    }

    /// Waits until a host's connection is in a state, and notes it.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed, and when the host isn't watched.
    pub fn state(
        &mut self,
        at: &Host,
        connection: Connection,
        want: TcpState,
    ) -> Result<()> {
        let host = self.index(at.name())?;
        if let Err(error) = at.wait_state(connection, want) {
            let seen = self.so_far()?.table();
            return Err(error.context(format!("after\n{seen}")));
        }
        self.note(What::State { host, state: want });
        Ok(())
    }

    /// Waits until `is` says yes to all that has happened so far.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`, and shows
    /// what has happened instead.
    pub fn wait(
        &mut self,
        what: &str,
        mut is: impl FnMut(&Trace) -> bool,
    ) -> Result<()> {
        let start = Instant::now();
        loop {
            let trace = self.so_far()?;
            if is(&trace) {
                return Ok(());
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                bail!(
                    "waited {DEADLINE:?} for {what}, and saw\n{}",
                    trace.table()
                );
            }
            if !self.has_news() {
                let taps: Vec<_> =
                    self.taps.iter_mut().map(|s| &mut s.tap).collect();
                tap::wait(&taps, left)?;
            }
        }
    }

    /// All that has happened so far, in its order.
    ///
    /// # Errors
    /// When a frame came in whose sender isn't watched, or frames were lost
    /// because they were not fetched in time.
    pub fn so_far(&mut self) -> Result<Trace> {
        // The taps are read one after the other. What passes meanwhile may
        // be at one of them and not yet at another: it waits for next time.
        self.until = now();
        let mut seen = vec![];
        for spot in &mut self.taps {
            let at = (spot.host, spot.interface);
            let frames = spot.tap.seen()?;
            seen.extend(frames.iter().map(|frame| (at, frame.clone())));
        }
        // A frame leaves before it arrives.
        seen.sort_by_key(|(_, f)| (f.at, f.way != Way::Out));
        seen.retain(|(_, frame)| {
            frame.at <= self.until
                && !self.is_forgotten(frame.at)
                && !self.is_left_out(&frame.bytes)
        });
        let mut matching = Matching::default();
        for (at, frame) in seen {
            matching.take(at, frame, &self.stations)?;
        }
        let mut events = matching.events;
        // Of two at the same time, what was on the wire comes first.
        for note in &self.notes {
            if !self.is_forgotten(note.at) {
                let next = events.partition_point(|e| e.at <= note.at);
                insert(&mut events, next, note.clone());
            }
        }
        let program = std::env::current_exe().ok();
        let program = program.as_deref().and_then(|p| p.file_stem());
        let program = program.unwrap_or_default().to_string_lossy();
        Ok(Trace {
            command: format!("cargo run -q --bin {program}"),
            hosts: self.stations.clone(),
            events,
        })
    }

    fn index(&self, name: &str) -> Result<usize> {
        let mut stations = self.stations.iter();
        stations
            .position(|station| station.name == name)
            .with_context(|| format!("{name} is not watched"))
    }

    fn note(&mut self, what: What) {
        self.notes.push(Event { at: now(), what });
    }

    /// Whether a tap has what `so_far` has left out.
    fn has_news(&self) -> bool {
        let mut taps = self.taps.iter();
        taps.any(|spot| spot.tap.last() > self.until)
    }

    fn is_left_out(&self, bytes: &[u8]) -> bool {
        self.left_out.is_some_and(|is| is(&Frame::new(bytes)))
    }

    fn is_forgotten(&self, at: Duration) -> bool {
        self.forgotten.iter().any(|range| range.contains(&at))
    }
}

/// Adds a note to the events before `next`.
///
/// A kernel changes the state of a connection first, and then sends the
/// segment that tells of it; a lab can only look afterwards. So a state
/// comes right after what caused it: a segment that came in, or what the
/// program did.
fn insert(events: &mut Vec<Event>, next: usize, mut note: Event) {
    let What::State { host: at, .. } = note.what else {
        return events.insert(next, note);
    };
    let cause = events[..next].iter().rposition(|e| match e.what {
        What::Scene(_) => true,
        What::Arrived(Arrived { host, .. })
        | What::State { host, .. }
        | What::Remark { host, .. } => host == at,
        What::Sent(_) => false,
    });
    let Some(cause) = cause else {
        return events.insert(next, note);
    };
    note.at = events[cause].at;
    // Others may have the same cause.
    let is_state = |e: &Event| matches!(e.what, What::State { .. });
    let mut place = cause + 1;
    while events[..next].get(place).is_some_and(is_state) {
        place += 1;
    }
    events.insert(place, note);
}

/// By the clock that stamps frames.
fn now() -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap_or_default()
}

/// Finds for each frame that came in the one that it was when it left.
#[derive(Default)]
struct Matching {
    events: Vec<Event>,
    left: Vec<Left>,
}

struct Left {
    host: usize,
    bytes: Vec<u8>,
    /// The cards at which it has come in.
    arrived: Vec<(usize, usize)>,
}

impl Matching {
    fn take(
        &mut self,
        at: (usize, usize),
        frame: Captured,
        stations: &[Station],
    ) -> Result<()> {
        let (host, interface) = at;
        let bytes = frame.bytes;
        let what = match frame.way {
            Way::Out => {
                let arrived = vec![];
                let left = Left { host, bytes: bytes.clone(), arrived };
                self.left.push(left);
                What::Sent(Sent { host, interface, bytes })
            }
            Way::In(cast) => {
                let found = self.find(at, &bytes);
                let frame = found.with_context(|| {
                    format!(
                        "a frame came to {} whose sender isn't watched: \
                         {bytes:02x?}",
                        stations[host].name
                    )
                })?;
                let left = &mut self.left[frame];
                left.arrived.push(at);
                let changed = (left.bytes != bytes).then_some(bytes);
                What::Arrived(Arrived {
                    frame,
                    host,
                    interface,
                    cast,
                    changed,
                })
            }
        };
        self.events.push(Event { at: frame.at, what });
        Ok(())
    }

    fn find(&self, at: (usize, usize), bytes: &[u8]) -> Option<usize> {
        let others = || {
            self.left.iter().enumerate().filter(|l| l.1.host != at.0)
        };
        // The first that is still on its way here,
        others()
            .find(|(_, l)| l.bytes == bytes && !l.arrived.contains(&at))
            // or the last that has come already: it comes twice,
            .or_else(|| others().rfind(|(_, l)| l.bytes == bytes))
            // or one that was changed: the least changed of all.
            .or_else(|| {
                others()
                    .filter_map(|(n, l)| {
                        let distance = distance(&l.bytes, bytes)?;
                        (!l.arrived.contains(&at))
                            .then_some((distance, n, l))
                    })
                    .min_by_key(|(distance, n, _)| (*distance, *n))
                    .map(|(_, n, l)| (n, l))
            })
            .map(|(n, _)| n)
    }
}

/// How many bytes differ, if it can be the same frame at all: a cable
/// changes few.
fn distance(a: &[u8], b: &[u8]) -> Option<usize> {
    const FEW: usize = 8;
    let differ = a.iter().zip(b).filter(|(a, b)| a != b).count();
    (a.len() == b.len() && differ <= FEW).then_some(differ)
}
