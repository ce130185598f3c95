//! A sequence diagram: hosts are lifelines, frames are arrows between them,
//! and time runs down.
//!
//! Each lifeline has what happened to its host in the order in which it
//! happened there. How much time passed isn't drawn: each event takes the
//! room that its text needs, and the first place below what came before it
//! where it touches nothing.

use super::exchange::{Exchange, Frame, Step};
use super::text::{width, wrap, Font};
use crate::site::escape;
use crate::words::Words;
use anyhow::Result;
use std::fmt::Write;
use wirelab::trace::{Cast, Station};
use wirelab::TcpState;

/// How wide every diagram is: a telephone shows a unit as a pixel, or almost.
pub const WIDTH: f64 = 368.0;

/// The sizes of the texts, as theme/book.css sets them.
const NAME: f64 = 13.0;
const BOLD: f64 = 11.8;
const CODE: f64 = 10.8;
const CHIP: f64 = 10.6;

/// The height of a line of text, and how far below its top its letters
/// stand.
const LINE: f64 = 14.0;
const BASE: f64 = 10.8;

/// How much lower a frame arrives than it leaves, if nothing delays it: at
/// most so much.
const SLOPE: f64 = 8.0;
/// From the middle of a lifeline to where arrows begin and end.
const EDGE: f64 = 6.0;
/// From the middle of a lifeline to the text beside it.
const BESIDE: f64 = 12.0;
/// Between one thing and the next one below it.
const GAP: f64 = 9.0;
/// Between two parts of a line.
const BETWEEN: f64 = 8.0;
/// What is written above an arrow may be as wide, however short that is.
const MIN_ROOM: f64 = 176.0;
/// Between the outer lifelines and the edge: room for half of a state.
const MARGIN: f64 = 50.0;

/// A diagram, without the element that it is the content of.
#[derive(Debug)]
pub struct Drawing {
    pub svg: String,
    pub height: f64,
}

/// Draws a scene.
///
/// # Errors
/// When a word is missing.
pub fn draw(exchange: &Exchange, words: &Words) -> Result<Drawing> {
    let mut drawer = Drawer::new(exchange, words);
    drawer.heads();
    for step in &exchange.steps {
        match step {
            Step::Sent(frame) => drawer.sent(*frame)?,
            Step::Arrived { frame, arrival } => {
                drawer.arrived(*frame, *arrival)?;
            }
            Step::State { host, state } => drawer.state(*host, *state),
            Step::Remark { host, text } => drawer.remark(*host, text),
        }
    }
    Ok(drawer.finish())
}

/// Where something is that nothing else may touch.
#[derive(Debug, Clone, Copy)]
struct Area {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

struct Drawer<'a> {
    exchange: &'a Exchange,
    words: &'a Words,
    /// The middle of each lifeline.
    xs: Vec<f64>,
    /// Where lifelines begin.
    start: f64,
    /// Down to where something has happened on each lifeline.
    done: Vec<f64>,
    /// Where something went over the wire last.
    now: f64,
    taken: Vec<Area>,
    /// Where each frame has left.
    departures: Vec<Option<f64>>,
    /// Where each lifeline changes its colour, and to which.
    phases: Vec<Vec<(f64, &'static str)>>,
    /// What is painted, from the back to the front: what shows which frame
    /// is chosen, what frames and states look like, what they say.
    behind: String,
    shapes: String,
    texts: String,
}

impl<'a> Drawer<'a> {
    fn new(exchange: &'a Exchange, words: &'a Words) -> Drawer<'a> {
        let count = exchange.hosts.len();
        let between = match count {
            0 | 1 => 0.0,
            n => (WIDTH - 2.0 * MARGIN) / (n - 1) as f64,
        };
        let first = if count > 1 { MARGIN } else { WIDTH / 2.0 };
        let xs = (0..count).map(|n| first + between * n as f64);
        Drawer {
            exchange,
            words,
            xs: xs.collect(),
            start: 0.0,
            done: vec![0.0; count],
            now: 0.0,
            taken: vec![],
            departures: vec![None; exchange.frames.len()],
            phases: vec![vec![]; count],
            behind: String::new(),
            shapes: String::new(),
            texts: String::new(),
        }
    }

    /// The hosts' names, and below each its addresses.
    fn heads(&mut self) {
        let most = match self.xs[..] {
            [first, second, ..] => second - first - 4.0,
            _ => WIDTH,
        };
        let most = most.min(2.0 * MARGIN - 2.0);
        let macs = self.exchange.shows_macs();
        let mut bottom: f64 = 0.0;
        for (host, station) in self.exchange.hosts.iter().enumerate() {
            let x = self.xs[host];
            let mut y = 2.0;
            for line in wrap(&station.name, Font::Bold, NAME, most) {
                y += LINE + 2.0;
                self.text("name", x, y - 2.0, "middle", &line);
            }
            for line in addresses(station, macs, most) {
                y += LINE;
                self.text("address", x, y - 2.0, "middle", &line);
            }
            bottom = bottom.max(y);
        }
        self.start = bottom + 8.0;
        self.now = self.start;
        self.done.fill(self.start);
    }

    /// A frame leaves. Where it arrives without delay is drawn, too.
    fn sent(&mut self, number: usize) -> Result<()> {
        let frame = &self.exchange.frames[number];
        let from = self.xs[frame.from];
        let direct: Vec<usize> = frame
            .arrivals
            .iter()
            .filter(|arrival| arrival.direct)
            .map(|arrival| arrival.host)
            .collect();
        let target = self.target(frame);
        let mut ends: Vec<f64> =
            direct.iter().map(|host| self.xs[*host]).collect();
        if frame.lost {
            ends.push(self.xs[target]);
        }
        // Of a frame that is under way for long, only the start is known.
        let flat = !ends.is_empty();
        if !flat {
            ends.extend(frame.arrivals.iter().map(|a| self.xs[a.host]));
        }
        ends.push(from);
        let left = ends.iter().copied().fold(f64::MAX, f64::min);
        let right = ends.iter().copied().fold(f64::MIN, f64::max);
        let reach = (from - left).max(right - from);
        let slope = (reach / 32.0).clamp(4.0, SLOPE);
        let is_left = from - left > right - from;

        let payload = frame.payload(self.words)?;
        let room = (right - left - 2.0 * BESIDE).max(MIN_ROOM);
        let mut label = self.label(frame, room)?;
        // Below, another line of the same frame would cross it.
        let above = frame.arrivals.iter().any(|a| !a.direct);
        if let (Some(payload), true) = (&payload, above) {
            label.add("payload", payload, WIDTH / 2.0);
        }
        let high = LINE * label.lines.len() as f64;
        let (x, anchor) = match (flat, is_left) {
            (true, _) => {
                (inside((left + right) / 2.0, label.width), "middle")
            }
            (false, false) => (from + BESIDE, "start"),
            (false, true) => (from - BESIDE, "end"),
        };
        // The text may be wider than the arrow.
        let mut area = span(x, anchor, label.width);
        let way = if flat { (left, right) } else { (from, from) };
        area.left = area.left.min(way.0);
        area.right = area.right.max(way.1);
        let over = high + 3.0;
        let mut top = self.now.max(self.done[frame.from]) - over;
        for host in &direct {
            top = top.max(self.done[*host] - over);
        }
        let top = top.max(self.start);
        let area = self.take(area, top, over + slope, GAP);
        let y = area.top + over;
        self.behind(number, &area);
        for (n, line) in label.lines.iter().enumerate() {
            let at = area.top + LINE * n as f64 + BASE;
            self.label_line(number, x, at, anchor, line);
        }
        self.now = y;
        self.done[frame.from] = y;
        self.departures[number] = Some(y);
        if frame.lost {
            self.lost(number, target, slope)?;
        }
        for (n, arrival) in frame.arrivals.iter().enumerate() {
            if arrival.direct {
                let x = self.xs[arrival.host];
                let fall = slope * (x - from).abs() / reach.max(1.0);
                self.arrow(number, n, y + fall);
            }
        }
        if let (Some(payload), false) = (payload, above) {
            self.payload(number, x, &payload, area.bottom + 2.0);
        }
        for (n, arrival) in frame.arrivals.iter().enumerate() {
            if arrival.direct {
                self.marks(number, n, area.bottom + 3.0)?;
            }
        }
        Ok(())
    }

    /// Below its arrow: what a frame carries.
    fn payload(&mut self, number: usize, x: f64, text: &str, y: f64) {
        for line in wrap(text, Font::Code, CODE, WIDTH - 8.0) {
            let wide = width(&line, Font::Code, CODE);
            let x = inside(x, wide);
            let area = span(x, "middle", wide);
            let area = self.take(area, y, LINE - 1.0, 0.0);
            let text = escape(&line);
            let at = area.top + BASE - 1.0;
            self.frame_text(number, "payload", x, at, "middle", &text);
        }
    }

    /// A frame comes in that something has delayed, or a second time.
    fn arrived(&mut self, number: usize, n: usize) -> Result<()> {
        let arrival = &self.exchange.frames[number].arrivals[n];
        let Some(departure) = self.departures[number] else {
            return Ok(());
        };
        if arrival.direct {
            return Ok(());
        }
        let x = self.xs[arrival.host];
        let low = self.done[arrival.host]
            .max(self.now)
            .max(departure + SLOPE);
        let area = Area { left: x - 9.0, right: x + 9.0, ..NOWHERE };
        let area = self.take(area, low + 1.0, 8.0, 2.0);
        let y = area.top + 4.0;
        self.arrow(number, n, y);
        self.now = self.now.max(y);
        self.marks(number, n, area.bottom + 1.0)
    }

    /// The words below the end of an arrow that isn't as it should be.
    fn marks(&mut self, number: usize, n: usize, y: f64) -> Result<()> {
        let frame = &self.exchange.frames[number];
        let arrival = &frame.arrivals[n];
        let x = self.xs[arrival.host];
        let is_right = x >= self.xs[frame.from];
        let (x, anchor) = match is_right {
            true => (x - BESIDE, "end"),
            false => (x + BESIDE, "start"),
        };
        for word in arrival.marks() {
            let text = self.words.get(word)?;
            let area = span(x, anchor, width(text, Font::Bold, CODE));
            let area = self.take(area, y, LINE - 1.0, 0.0);
            let at = area.top + BASE - 1.0;
            let text = escape(text);
            self.frame_text(number, "mark", x, at, anchor, &text);
        }
        Ok(())
    }

    /// One arrow, to one host. Those of one frame lie on each other as far
    /// as they have the same way.
    fn arrow(&mut self, number: usize, n: usize, y: f64) {
        let frame = &self.exchange.frames[number];
        let arrival = &frame.arrivals[n];
        let Some(departure) = self.departures[number] else { return };
        self.done[arrival.host] = self.done[arrival.host].max(y);
        let (from, to) = (self.xs[frame.from], self.xs[arrival.host]);
        let toward = if to >= from { 1.0 } else { -1.0 };
        let mut class = String::from("arrow");
        let mut add = |is: bool, name: &str| {
            if is {
                class += name;
            }
        };
        let group =
            matches!(arrival.cast, Cast::Broadcast | Cast::Multicast);
        add(group, " group");
        add(arrival.cast == Cast::Other, " other");
        add(arrival.changed.is_some(), " changed");
        add(arrival.again, " again");
        let start = (from + toward * EDGE, departure);
        let end = (to - toward * EDGE, y);
        let line = line(start, end);
        let head = head(start, end);
        self.frame_shape(
            number,
            &class,
            &format!("{line}<path d=\"{head}\"/>"),
        );
    }

    /// A frame that doesn't get where it was meant to: its arrow ends in a
    /// cross, with the word for it.
    fn lost(
        &mut self,
        number: usize,
        target: usize,
        slope: f64,
    ) -> Result<()> {
        let frame = &self.exchange.frames[number];
        let Some(departure) = self.departures[number] else {
            return Ok(());
        };
        let word = self.words.get("trace_lost")?;
        let wide = width(word, Font::Bold, CODE);
        let (from, to) = (self.xs[frame.from], self.xs[target]);
        let far = (to - from).abs();
        let toward = if to >= from { 1.0 } else { -1.0 };
        // The word has to stand between the cross and the lifeline.
        let way = (far - wide - 26.0).min(far * 0.72).max(far * 0.3);
        let y = departure + slope * way / far.max(1.0);
        let start = (from + toward * EDGE, departure);
        let end = (from + toward * way, y);
        let line = line(start, end);
        let (x, r) = (end.0, 4.5);
        let cross = format!(
            "M{} {}L{} {}M{} {}L{} {}",
            number_of(x - r),
            number_of(y - r),
            number_of(x + r),
            number_of(y + r),
            number_of(x - r),
            number_of(y + r),
            number_of(x + r),
            number_of(y - r),
        );
        self.frame_shape(
            number,
            "arrow lost",
            &format!("{line}<path d=\"{cross}\"/>"),
        );
        let anchor = if toward > 0.0 { "start" } else { "end" };
        let x = x + toward * 9.0;
        let text = escape(word);
        self.frame_text(number, "mark", x, y + 4.0, anchor, &text);
        Ok(())
    }

    /// A connection is in another state: a chip on the lifeline, which
    /// takes its colour.
    fn state(&mut self, host: usize, state: TcpState) {
        const HIGH: f64 = 18.0;
        let name = state.name();
        let x = self.xs[host];
        let wide = width(name, Font::Bold, CHIP) + 14.0;
        let wide = wide.min(2.0 * MARGIN - 2.0);
        let area = Area {
            left: x - wide / 2.0,
            right: x + wide / 2.0,
            ..NOWHERE
        };
        let top = self.done[host].max(self.now);
        let area = self.take(area, top + 1.0, HIGH, GAP - 3.0);
        self.done[host] = area.bottom;
        let phase = phase(state);
        self.phases[host].push((area.top + HIGH / 2.0, phase));
        let _ = writeln!(
            self.shapes,
            "<rect class=\"chip {phase}\" x=\"{}\" y=\"{}\" width=\"{}\" \
             height=\"{HIGH}\" rx=\"9\"/>",
            number_of(area.left),
            number_of(area.top),
            number_of(wide),
        );
        let class = format!("state {phase}");
        self.text(&class, x, area.top + 12.8, "middle", name);
    }

    /// What the program did: a dot on the lifeline, and a text beside it.
    fn remark(&mut self, host: usize, text: &str) {
        let x = self.xs[host];
        let last = self.xs.len() - 1;
        // Towards the middle, where there is room.
        let right = host == 0 || host != last && x <= WIDTH / 2.0;
        let most = match (last, right) {
            (0 | 1, _) => WIDTH - 2.0 * (MARGIN + BESIDE),
            (_, true) => WIDTH - x - BESIDE - 4.0,
            (_, false) => x - BESIDE - 4.0,
        };
        let lines = wrap(text, Font::Code, CODE, most);
        let widths = lines.iter().map(|l| width(l, Font::Code, CODE));
        let wide = widths.fold(0.0, f64::max);
        let (beside, anchor) = match right {
            true => (x + BESIDE, "start"),
            false => (x - BESIDE, "end"),
        };
        let mut area = span(beside, anchor, wide);
        // The dot belongs to it.
        area.left = area.left.min(x - 4.0);
        area.right = area.right.max(x + 4.0);
        let high = LINE * lines.len().max(1) as f64;
        let top = self.done[host].max(self.now);
        let area = self.take(area, top, high, GAP - 3.0);
        self.done[host] = area.top + LINE / 2.0 + 4.0;
        let _ = writeln!(
            self.shapes,
            "<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"3\"/>",
            number_of(x),
            number_of(area.top + LINE / 2.0),
        );
        for (n, line) in lines.iter().enumerate() {
            let y = area.top + LINE * n as f64 + BASE;
            self.text("remark", beside, y, anchor, line);
        }
    }

    /// Takes the first free room, from `top` on, for something so high and
    /// as wide as `area`, so far away from all the rest.
    fn take(
        &mut self,
        area: Area,
        top: f64,
        high: f64,
        gap: f64,
    ) -> Area {
        let mut top = top;
        loop {
            let below = self.taken.iter().filter(|other| {
                other.left < area.right + 2.0
                    && area.left < other.right + 2.0
                    && other.top < top + high + gap
                    && top < other.bottom + gap
            });
            let lowest = below
                .map(|other| other.bottom)
                .fold(f64::MIN, f64::max);
            if lowest == f64::MIN {
                break;
            }
            top = lowest + gap;
        }
        let area = Area { top, bottom: top + high, ..area };
        self.taken.push(area);
        area
    }

    /// Whom a lost frame was for, or else who is next to its sender.
    fn target(&self, frame: &Frame) -> usize {
        let next = match frame.from {
            0 => 1.min(self.xs.len() - 1),
            from => from - 1,
        };
        frame.target.unwrap_or(next)
    }

    /// What is written above an arrow: in one line, if there is room.
    fn label(&self, frame: &Frame, room: f64) -> Result<Label> {
        let Frame { headline, detail, .. } = frame;
        let mut label = Label::default();
        label.add("headline", headline, room);
        if let Some(cast) = frame.cast_word() {
            label.join("cast", self.words.get(cast)?, room);
            label.add("detail", detail, room);
        } else {
            label.join("detail", detail, room);
        }
        Ok(label)
    }

    // What is painted

    fn label_line(
        &mut self,
        number: usize,
        x: f64,
        y: f64,
        anchor: &str,
        line: &[Piece],
    ) {
        let mut html = String::new();
        for (n, Piece { class, text }) in line.iter().enumerate() {
            let text = escape(text);
            let space = match n {
                0 => String::new(),
                _ => format!(" dx=\"{BETWEEN}\""),
            };
            let _ = write!(
                html,
                "<tspan class=\"{class}\"{space}>{text}</tspan>"
            );
        }
        self.frame_text(number, "label", x, y, anchor, &html);
    }

    /// What shows that a frame is chosen, and takes clicks.
    fn behind(&mut self, number: usize, area: &Area) {
        let left = area.left + EDGE + 2.0;
        let right = area.right - EDGE - 2.0;
        let _ = writeln!(
            self.behind,
            "<rect class=\"frame\" data-frame=\"{}\" x=\"{}\" y=\"{}\" \
             width=\"{}\" height=\"{}\" rx=\"4\"/>",
            number + 1,
            number_of(left),
            number_of(area.top - 2.0),
            number_of(right - left),
            number_of(area.bottom - area.top + 5.0),
        );
    }

    fn frame_shape(&mut self, number: usize, class: &str, shape: &str) {
        let number = number + 1;
        let _ = writeln!(
            self.shapes,
            "<g class=\"{class}\" data-frame=\"{number}\">{shape}</g>"
        );
    }

    /// A text of a frame; it is HTML already.
    fn frame_text(
        &mut self,
        number: usize,
        class: &str,
        x: f64,
        y: f64,
        anchor: &str,
        text: &str,
    ) {
        let number = number + 1;
        let (x, y) = (number_of(x), number_of(y));
        let _ = writeln!(
            self.texts,
            "<text class=\"{class}\" data-frame=\"{number}\" x=\"{x}\" \
             y=\"{y}\" text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    fn text(
        &mut self,
        class: &str,
        x: f64,
        y: f64,
        anchor: &str,
        text: &str,
    ) {
        let (x, y, text) = (number_of(x), number_of(y), escape(text));
        let _ = writeln!(
            self.texts,
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" \
             text-anchor=\"{anchor}\">{text}</text>"
        );
    }

    fn finish(self) -> Drawing {
        let bottoms = self.taken.iter().map(|area| area.bottom);
        let bottom =
            bottoms.chain(self.done).fold(self.start, f64::max);
        let end = bottom + 6.0;
        let mut lives = String::new();
        let hosts = self.exchange.hosts.iter().zip(&self.xs);
        for ((station, x), phases) in hosts.zip(&self.phases) {
            // A switch has no address, and no connection.
            if station.interfaces.is_empty() {
                let line = line((*x, self.start), (*x, end));
                let _ =
                    writeln!(lives, "<g class=\"switch\">{line}</g>");
                continue;
            }
            let mut from = self.start;
            let mut class = "idle";
            for (y, phase) in phases.iter().chain([&(end, "")]) {
                let half = if class == "idle" { 1.0 } else { 3.0 };
                let _ = writeln!(
                    lives,
                    "<rect class=\"life {class}\" x=\"{}\" y=\"{}\" \
                     width=\"{}\" height=\"{}\" rx=\"{half}\"/>",
                    number_of(x - half),
                    number_of(from),
                    2.0 * half,
                    number_of(y - from),
                );
                (from, class) = (*y, phase);
            }
        }
        let Drawer { behind, shapes, texts, .. } = self;
        Drawing {
            svg: format!("{behind}{lives}{shapes}{texts}"),
            height: (end + 2.0).ceil(),
        }
    }
}

/// What is written above an arrow.
#[derive(Debug, Default)]
struct Label {
    lines: Vec<Vec<Piece>>,
    width: f64,
}

/// A part of a line, in a font and a colour of its own.
#[derive(Debug)]
struct Piece {
    class: &'static str,
    text: String,
}

impl Piece {
    fn font(class: &str) -> (Font, f64) {
        match class {
            "headline" => (Font::Bold, BOLD),
            "cast" => (Font::Bold, CODE),
            _ => (Font::Code, CODE),
        }
    }

    fn width(&self) -> f64 {
        let (font, size) = Piece::font(self.class);
        width(&self.text, font, size)
    }
}

impl Label {
    /// A line of its own, or more.
    fn add(&mut self, class: &'static str, text: &str, room: f64) {
        let (font, size) = Piece::font(class);
        for text in wrap(text, font, size, room) {
            let piece = Piece { class, text };
            self.width = self.width.max(piece.width());
            self.lines.push(vec![piece]);
        }
    }

    /// In the last line, if there is room.
    fn join(&mut self, class: &'static str, text: &str, room: f64) {
        let piece = Piece { class, text: text.to_owned() };
        let Some(line) = self.lines.last_mut() else {
            return self.add(class, text, room);
        };
        let so_far: f64 = line.iter().map(Piece::width).sum();
        let longer = so_far + BETWEEN + piece.width();
        if text.is_empty() {
        } else if longer <= room {
            line.push(piece);
            self.width = self.width.max(longer);
        } else {
            self.add(class, text, room);
        }
    }
}

const NOWHERE: Area =
    Area { left: 0.0, right: 0.0, top: 0.0, bottom: 0.0 };

/// From where to where a text goes.
fn span(x: f64, anchor: &str, wide: f64) -> Area {
    let left = match anchor {
        "start" => x,
        "end" => x - wide,
        _ => x - wide / 2.0,
    };
    Area { left, right: left + wide, ..NOWHERE }
}

/// The middle of a text so wide that none of it is cut off.
fn inside(middle: f64, wide: f64) -> f64 {
    let half = wide / 2.0 + 2.0;
    middle.max(half).min((WIDTH - half).max(half))
}

/// The colour of a state.
fn phase(state: TcpState) -> &'static str {
    use TcpState::*;
    match state {
        Listen | SynSent | SynReceived => "opening",
        Established => "open",
        FinWait1 | FinWait2 | CloseWait | Closing | LastAck => "half",
        TimeWait => "wait",
        Closed => "none",
    }
}

/// What stands below a host's name: how the network calls it. The table
/// has all of it where there is little room.
fn addresses(station: &Station, macs: bool, most: f64) -> Vec<String> {
    let fits = |text: &str| width(text, Font::Code, CODE) <= most;
    let mut lines = vec![];
    for interface in &station.interfaces {
        for address in &interface.addresses {
            let bare = address.split('/').next().unwrap_or(address);
            match fits(address) {
                true => lines.push(address.clone()),
                false => {
                    lines.extend(wrap(bare, Font::Code, CODE, most));
                }
            }
        }
        if macs || interface.addresses.is_empty() {
            let mac = interface.mac.to_string();
            match fits(&mac) {
                true => lines.push(mac),
                // In halves, the first with its colon.
                false => {
                    let (a, b) = mac.split_at(mac.len() / 2 + 1);
                    lines.extend([a.to_owned(), b.to_owned()]);
                }
            }
        }
    }
    lines
}

fn line(start: (f64, f64), end: (f64, f64)) -> String {
    format!(
        "<line x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"/>",
        number_of(start.0),
        number_of(start.1),
        number_of(end.0),
        number_of(end.1),
    )
}

/// The head of an arrow, in the direction of its line.
fn head(start: (f64, f64), end: (f64, f64)) -> String {
    const LONG: f64 = 8.0;
    const HALF: f64 = 3.6;
    let (dx, dy) = (end.0 - start.0, end.1 - start.1);
    let length = dx.hypot(dy).max(1.0);
    let (dx, dy) = (dx / length, dy / length);
    let back = (end.0 - LONG * dx, end.1 - LONG * dy);
    format!(
        "M{} {}L{} {}L{} {}z",
        number_of(end.0),
        number_of(end.1),
        number_of(back.0 - HALF * dy),
        number_of(back.1 + HALF * dx),
        number_of(back.0 + HALF * dy),
        number_of(back.1 - HALF * dx),
    )
}

/// A number with no more digits than anybody sees.
fn number_of(value: f64) -> String {
    let text = format!("{value:.1}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}
