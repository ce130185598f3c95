//! Cables that do what no good cable does.
//!
//! A cable is a stack of its own with two interfaces, one for each end, and
//! a program between them that takes whole frames in at one and sends them
//! out at the other.

use crate::sys::{self, wait_readable, Namespace, PacketSocket};
use crate::{Frame, Host, DEADLINE};
use anyhow::{bail, Context, Result};
use std::collections::VecDeque;
use std::io::ErrorKind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// What becomes of a frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It arrives.
    Pass,
    /// It never arrives.
    Drop,
    /// It arrives twice.
    Duplicate,
    /// It arrives after the next one from the same end that arrives.
    Hold,
    /// It arrives so much later.
    Delay(Duration),
    /// It arrives with every bit of this byte turned over, counted from the
    /// start of the frame. A byte that the frame doesn't have is left alone.
    Corrupt(usize),
    /// It arrives with the four bytes from here on, counted from the start
    /// of the frame, in another order: the last two before the first two. A
    /// frame that ends sooner is left alone.
    Swap(usize),
}

/// An end of a cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum End {
    /// Where the first host is, or the only one.
    Near,
    /// Where the second host is, or the switch.
    Far,
}

/// A frame in the cable, as a script sees it.
#[derive(Debug)]
pub struct Passing<'a> {
    /// The end where it came in.
    pub from: End,
    pub frame: Frame<'a>,
}

/// The interfaces at the ends of a cable.
const ENDS: [&str; 2] = ["near", "far"];

/// Both ends of a cable, and nothing between them.
#[derive(Debug)]
pub(crate) struct Ends {
    near: PacketSocket,
    far: PacketSocket,
    // Holds the interfaces open.
    middle: Arc<Namespace>,
}

impl Ends {
    /// `lay` makes both interfaces, under the names that it is given, and
    /// what is behind them.
    pub(crate) fn new(
        lay: impl FnOnce(&Namespace, [&str; 2]) -> Result<()>,
    ) -> Result<Ends> {
        let middle = Namespace::new()?;
        middle.run(|| {
            let key = "ipv6/conf/default/disable_ipv6";
            let _ = sys::set_sysctl(key, "1");
        });
        lay(&middle, ENDS)?;
        let open = |name| -> Result<PacketSocket> {
            let socket = PacketSocket::open(name)?;
            // What we send ourselves would come back to us.
            socket.ignore_outgoing()?;
            socket.bypass_queue()?;
            Ok(socket)
        };
        let [near, far] = ENDS.map(|name| middle.run(|| open(name)));
        let (near, far) = (near?, far?);
        Ok(Ends { near, far, middle: Arc::new(middle) })
    }

    fn between(
        (a, a_address): (&Host, &str),
        (b, b_address): (&Host, &str),
    ) -> Result<Ends> {
        Ends::new(|middle, [near, far]| {
            a.attach(a_address, middle, near)?;
            b.attach(b_address, middle, far)?;
            Ok(())
        })
    }

    fn socket(&self, end: End) -> &PacketSocket {
        match end {
            End::Near => &self.near,
            End::Far => &self.far,
        }
    }

    /// Sends a frame that came in at one end out at the other.
    fn deliver(&self, from: End, bytes: &[u8]) -> Result<()> {
        let to = match from {
            End::Near => &self.far,
            End::Far => &self.near,
        };
        match to.send(bytes) {
            // That end is pulled out.
            Err(error) if error.kind() == ErrorKind::NetworkDown => {
                Ok(())
            }
            sent => sent.context("can't send a frame"),
        }
    }

    /// What has come in since the last time, in the order in which it was
    /// sent.
    fn arrivals(&self) -> Result<Vec<(End, Vec<u8>)>> {
        let mut frames = vec![];
        for end in [End::Near, End::Far] {
            while let Some(frame) = self.socket(end).next()? {
                frames.push((frame.at, end, frame.bytes));
            }
        }
        frames.sort_by_key(|(at, ..)| *at);
        let frames = frames.into_iter();
        Ok(frames.map(|(_, end, bytes)| (end, bytes)).collect())
    }

    fn wait(&self, timeout: Duration) -> Result<()> {
        wait_readable(&[&self.near, &self.far], timeout)
    }
}

/// A cable with faults. Which ones, a script says: it is asked about every
/// frame, in the order in which they come in, so the same lab meets the same
/// faults each time.
///
/// It works until it is dropped.
#[derive(Debug)]
pub struct Cable {
    middle: Arc<Namespace>,
    stop: Arc<AtomicBool>,
    works: Option<JoinHandle<Result<()>>>,
}

impl Cable {
    /// Connects two hosts, each with an address such as `172.16.10.1/24`.
    ///
    /// # Errors
    /// When an address is none, or the kernel refuses.
    pub fn between(
        a: (&Host, &str),
        b: (&Host, &str),
        script: impl FnMut(&Passing) -> Decision + Send + 'static,
    ) -> Result<Cable> {
        Cable::start(Ends::between(a, b)?, script)
    }

    pub(crate) fn start(
        ends: Ends,
        script: impl FnMut(&Passing) -> Decision + Send + 'static,
    ) -> Result<Cable> {
        let stop = Arc::new(AtomicBool::new(false));
        let middle = ends.middle.clone();
        let worker = Worker {
            ends,
            script,
            held: vec![],
            late: vec![],
            stop: stop.clone(),
        };
        let works = std::thread::Builder::new()
            .name("cable".into())
            .spawn(move || worker.work())
            .context("can't start a cable")?;
        Ok(Cable { middle, stop, works: Some(works) })
    }

    /// Unplugs both ends. The cards stay where they are, and the kernel
    /// notices some moments later that there is no cable in them:
    /// [`Host::wait_card`]. What is on its way is lost.
    ///
    /// # Errors
    /// None that is known.
    pub fn unplug(&self) -> Result<()> {
        self.middle.run(|| {
            ENDS.iter().try_for_each(|end| sys::net::set_down(end))
        })
    }

    /// Plugs both ends in again. That, too, is noticed later.
    ///
    /// # Errors
    /// None that is known.
    pub fn plug_in(&self) -> Result<()> {
        self.middle.run(|| {
            ENDS.iter().try_for_each(|end| sys::net::set_up(end))
        })
    }

    /// Takes the cable away, and the cards with it. What it still holds is
    /// lost.
    ///
    /// # Errors
    /// What went wrong in it.
    pub fn pull(mut self) -> Result<()> {
        self.end()
    }

    fn end(&mut self) -> Result<()> {
        self.stop.store(true, Ordering::Relaxed);
        match self.works.take().map(JoinHandle::join) {
            None => Ok(()),
            Some(Ok(result)) => result,
            Some(Err(_)) => bail!("the cable's script panicked"),
        }
    }
}

impl Drop for Cable {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("cable: {error:#}");
        }
    }
}

struct Worker<S> {
    ends: Ends,
    script: S,
    /// Frames that wait for another one to overtake them.
    held: Vec<(End, Vec<u8>)>,
    late: Vec<(Instant, End, Vec<u8>)>,
    stop: Arc<AtomicBool>,
}

impl<S: FnMut(&Passing) -> Decision> Worker<S> {
    /// How soon it notices that it shall end.
    const TICK: Duration = Duration::from_millis(20);

    fn work(mut self) -> Result<()> {
        while !self.stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            let next = self.late.iter().map(|(when, ..)| *when).min();
            let pause = next.map_or(Self::TICK, |when| {
                when.saturating_duration_since(now).min(Self::TICK)
            });
            self.ends.wait(pause)?;
            for (from, bytes) in self.ends.arrivals()? {
                self.decide(from, bytes)?;
            }
            let now = Instant::now();
            let (due, late) = std::mem::take(&mut self.late)
                .into_iter()
                .partition(|(when, ..)| *when <= now);
            self.late = late;
            for (_, from, bytes) in due {
                self.deliver(from, &bytes)?;
            }
        }
        Ok(())
    }

    fn decide(&mut self, from: End, mut bytes: Vec<u8>) -> Result<()> {
        let frame = Frame::new(&bytes);
        let decision = (self.script)(&Passing { from, frame });
        match decision {
            Decision::Pass => self.deliver(from, &bytes),
            Decision::Drop => Ok(()),
            Decision::Duplicate => {
                self.ends.deliver(from, &bytes)?;
                self.deliver(from, &bytes)
            }
            Decision::Hold => {
                self.held.push((from, bytes));
                Ok(())
            }
            Decision::Delay(time) => {
                self.late.push((Instant::now() + time, from, bytes));
                Ok(())
            }
            Decision::Corrupt(at) => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = !*byte;
                }
                self.deliver(from, &bytes)
            }
            Decision::Swap(at) => {
                if let Some(four) = bytes.get_mut(at..at + 4) {
                    four.rotate_left(2);
                }
                self.deliver(from, &bytes)
            }
        }
    }

    /// And with it those that it has overtaken.
    fn deliver(&mut self, from: End, bytes: &[u8]) -> Result<()> {
        self.ends.deliver(from, bytes)?;
        let held = std::mem::take(&mut self.held);
        for (end, bytes) in held {
            if end == from {
                self.ends.deliver(end, &bytes)?;
            } else {
                self.held.push((end, bytes));
            }
        }
        Ok(())
    }
}

/// A cable in which time stands still: every frame that comes in waits until
/// it is let through. Meanwhile one can look at both ends.
#[derive(Debug)]
pub struct Gate {
    ends: Ends,
    waiting: VecDeque<(End, Vec<u8>)>,
}

impl Gate {
    /// Connects two hosts, each with an address such as `172.16.10.1/24`.
    /// Each knows the other's MAC address, so that no ARP is on the wire, and
    /// neither loses patience while a frame waits.
    ///
    /// # Errors
    /// When an address is none, or the kernel refuses.
    pub fn between(
        (a, a_address): (&Host, &str),
        (b, b_address): (&Host, &str),
    ) -> Result<Gate> {
        let ends = Ends::between((a, a_address), (b, b_address))?;
        a.learn(b)?;
        b.learn(a)?;
        for host in [a, b] {
            host.retransmit_after(DEADLINE)?;
        }
        Ok(Gate::new(ends))
    }

    pub(crate) fn new(ends: Ends) -> Gate {
        Gate { ends, waiting: VecDeque::new() }
    }

    /// Waits until a frame is in the cable, and shows it. It stays there.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn wait(&mut self, what: &str) -> Result<&[u8]> {
        let start = Instant::now();
        loop {
            self.waiting.extend(self.ends.arrivals()?);
            if !self.waiting.is_empty() {
                break;
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                bail!("waited {DEADLINE:?} for {what} in the cable");
            }
            self.ends.wait(left)?;
        }
        Ok(&self.waiting[0].1)
    }

    /// How many frames wait in the cable now.
    ///
    /// # Errors
    /// When the cable can't be read.
    pub fn waiting(&mut self) -> Result<usize> {
        self.waiting.extend(self.ends.arrivals()?);
        Ok(self.waiting.len())
    }

    /// The same of those that came in at one end.
    ///
    /// # Errors
    /// When the cable can't be read.
    pub fn waiting_from(&mut self, end: End) -> Result<usize> {
        self.waiting()?;
        let all = self.waiting.iter();
        Ok(all.filter(|(from, _)| *from == end).count())
    }

    /// Lets the frame through that has waited longest; if there is none,
    /// waits for one. When this returns, the kernel at the other end has it.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn pass(&mut self, what: &str) -> Result<Vec<u8>> {
        let (from, bytes) = self.take(what)?;
        self.ends.deliver(from, &bytes)?;
        Ok(bytes)
    }

    /// The same, after `change` has made of the frame what it likes. It
    /// returns what arrives.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn change(
        &mut self,
        what: &str,
        change: impl FnOnce(&mut [u8]),
    ) -> Result<Vec<u8>> {
        let (from, mut bytes) = self.take(what)?;
        change(&mut bytes);
        self.ends.deliver(from, &bytes)?;
        Ok(bytes)
    }

    /// Lets the frame through that has waited longest of those that came in
    /// at one end; if there is none, waits for one. All others stay.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn pass_from(
        &mut self,
        end: End,
        what: &str,
    ) -> Result<Vec<u8>> {
        let start = Instant::now();
        loop {
            self.waiting.extend(self.ends.arrivals()?);
            let mut ends = self.waiting.iter().map(|(from, _)| *from);
            if let Some(at) = ends.position(|from| from == end) {
                let frame = self.waiting.remove(at);
                let (from, bytes) = frame.context("it was there")?;
                self.ends.deliver(from, &bytes)?;
                return Ok(bytes);
            }
            let left = DEADLINE.saturating_sub(start.elapsed());
            if left.is_zero() {
                bail!("waited {DEADLINE:?} for {what} in the cable");
            }
            self.ends.wait(left)?;
        }
    }

    /// Loses the frame that has waited longest; if there is none, waits for
    /// one.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn lose(&mut self, what: &str) -> Result<Vec<u8>> {
        Ok(self.take(what)?.1)
    }

    /// Lets all others that are in the cable now overtake the frame that has
    /// waited longest; if there is none, waits for one.
    ///
    /// # Errors
    /// When [`DEADLINE`] has passed: the message says for `what`.
    pub fn hold(&mut self, what: &str) -> Result<()> {
        let frame = self.take(what)?;
        self.waiting.extend(self.ends.arrivals()?);
        self.waiting.push_back(frame);
        Ok(())
    }

    fn take(&mut self, what: &str) -> Result<(End, Vec<u8>)> {
        self.wait(what)?;
        self.waiting.pop_front().context("a frame was there")
    }
}
