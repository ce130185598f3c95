//! The same as the diagram in words: what happened in its order, and each
//! frame byte by byte. The script takes the bytes from here, too.

use super::exchange::{Exchange, Frame, Step};
use super::Printing;
use crate::site::escape;
use crate::words::Words;
use anyhow::Result;
use std::fmt::Write;
use wirelab::frame::layers;
use wirelab::trace::{Interface, Station};

/// The exchange as a table, and below it the bytes.
///
/// # Errors
/// When a word is missing.
pub fn html(
    exchange: &Exchange,
    title: &str,
    printing: Printing,
) -> Result<String> {
    let words = printing.words;
    let word = |name| Ok::<_, anyhow::Error>(escape(words.get(name)?));
    let open = if printing.whole { " open" } else { "" };
    let mut html = format!(
        "<details class=\"exchange\"{open}><summary>{}</summary>\n\
         <ul>\n{}</ul>\n<table><caption>{title}</caption>\n\
         <thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
        word("trace_text")?,
        hosts(exchange),
        word("trace_number")?,
        word("trace_host")?,
        word("trace_what")?,
    );
    for step in &exchange.steps {
        let row = row(exchange, step, words)?;
        let Some(Row { frame, hosts, what, class }) = row else {
            continue;
        };
        let number = frame.map(|n| (n + 1).to_string());
        let data = match (frame, class) {
            (Some(n), "sent") => format!(" data-frame=\"{}\"", n + 1),
            _ => String::new(),
        };
        let (hosts, what) = (escape(&hosts), escape(&what));
        let number = number.unwrap_or_default();
        writeln!(
            html,
            "<tr class=\"{class}\"{data}><td>{number}</td>\
             <td>{hosts}</td><td>{what}</td></tr>"
        )?;
    }
    html += "</tbody></table>\n";
    if !printing.whole {
        for (number, frame) in exchange.frames.iter().enumerate() {
            html += &bytes(number, frame, words)?;
        }
    }
    Ok(html + "</details>\n")
}

/// Who takes part, with all addresses.
fn hosts(exchange: &Exchange) -> String {
    let host = |host: &Station| {
        let interfaces = host.interfaces.iter().map(|interface| {
            let Interface { name, mac, addresses } = interface;
            let words = [name.clone(), mac.to_string()];
            let words = words.iter().chain(addresses);
            words.cloned().collect::<Vec<_>>().join(" ")
        });
        let interfaces: Vec<_> = interfaces.collect();
        let name = escape(&host.name);
        let colon = if interfaces.is_empty() { "" } else { ": " };
        let interfaces = escape(&interfaces.join(", "));
        format!("<li>{name}{colon}{interfaces}</li>\n")
    };
    exchange.hosts.iter().map(host).collect()
}

/// A row of the table.
struct Row {
    frame: Option<usize>,
    hosts: String,
    what: String,
    class: &'static str,
}

/// What a step is in words. A frame that arrives as expected has been told
/// when it left.
fn row(
    exchange: &Exchange,
    step: &Step,
    words: &Words,
) -> Result<Option<Row>> {
    let name = |host: usize| exchange.hosts[host].name.clone();
    let row = match step {
        Step::Sent(number) => {
            let frame = &exchange.frames[*number];
            Row {
                frame: Some(*number),
                hosts: way(exchange, frame),
                what: what(frame, words)?,
                class: "sent",
            }
        }
        Step::Arrived { frame: number, arrival } => {
            let frame = &exchange.frames[*number];
            let arrival = &frame.arrivals[*arrival];
            let mut what = vec![];
            if !arrival.direct {
                what.push(words.get("trace_arrives")?);
            }
            for mark in arrival.marks() {
                what.push(words.get(mark)?);
            }
            if what.is_empty() {
                return Ok(None);
            }
            Row {
                frame: Some(*number),
                hosts: name(arrival.host),
                what: what.join(" · "),
                class: "arrived",
            }
        }
        Step::State { host, state } => Row {
            frame: None,
            hosts: name(*host),
            what: state.name().to_owned(),
            class: "state",
        },
        Step::Remark { host, text } => Row {
            frame: None,
            hosts: name(*host),
            what: text.clone(),
            class: "remark",
        },
    };
    Ok(Some(row))
}

/// `client → server`
fn way(exchange: &Exchange, frame: &Frame) -> String {
    let mut to = frame.receivers();
    if let Some(target) = frame.target {
        if !to.contains(&target) {
            to.insert(0, target);
        }
    }
    let name = |host: usize| &*exchange.hosts[host].name;
    let to: Vec<&str> = to.into_iter().map(name).collect();
    match &to[..] {
        [] => format!("{} →", name(frame.from)),
        to => format!("{} → {}", name(frame.from), to.join(", ")),
    }
}

fn what(frame: &Frame, words: &Words) -> Result<String> {
    let mut parts = vec![frame.headline.clone()];
    parts.extend(Some(frame.detail.clone()).filter(|d| !d.is_empty()));
    parts.extend(frame.payload(words)?);
    let lost = frame.lost.then_some("trace_lost");
    for word in [frame.cast_word(), lost].into_iter().flatten() {
        parts.push(words.get(word)?.to_owned());
    }
    Ok(parts.join(" · "))
}

/// The bytes of a frame as they were sent, and as they arrived where they
/// are others.
fn bytes(
    number: usize,
    frame: &Frame,
    words: &Words,
) -> Result<String> {
    let arrivals = frame.arrivals.iter();
    let changed = arrivals.filter_map(|a| a.changed.as_ref());
    let mut all = vec![("trace_bytes_of", &frame.bytes)];
    all.extend(changed.map(|bytes| ("trace_changed_bytes", bytes)));
    let number = (number + 1).to_string();
    let mut html = String::new();
    for (word, bytes) in all {
        let size = words
            .get("trace_bytes")?
            .replace("{n}", &bytes.len().to_string());
        let title = words
            .get(word)?
            .replace("{frame}", &number)
            .replace("{bytes}", &size);
        writeln!(
            html,
            "<details class=\"bytes\" data-frame=\"{number}\">\
             <summary>{}</summary>\n<code class=\"hex\">{}</code>\n{}\
             </details>",
            escape(&title),
            hex(bytes),
            fields(bytes, words)?,
        )?;
    }
    Ok(html)
}

/// Sixteen in a line, where there is room for them, and eight where not.
fn hex(bytes: &[u8]) -> String {
    let eights = bytes.chunks(8).map(|eight| {
        let hex = eight.iter().map(|byte| format!("{byte:02x}"));
        let hex: Vec<String> = hex.collect();
        format!("<span>{}</span>", hex.join(" "))
    });
    eights.collect::<Vec<_>>().join(" ")
}

/// What each of the bytes means.
fn fields(bytes: &[u8], words: &Words) -> Result<String> {
    let word = |name| Ok::<_, anyhow::Error>(escape(words.get(name)?));
    let mut html = format!(
        "<table><thead><tr><th scope=\"col\">{}</th>\
         <th scope=\"col\">{}</th><th scope=\"col\">{}</th></tr></thead>\n",
        word("trace_place")?,
        word("trace_field")?,
        word("trace_value")?,
    );
    for layer in layers(bytes) {
        let name = escape(layer.name);
        writeln!(
            html,
            "<tbody><tr><th colspan=\"3\" scope=\"rowgroup\">{name}</th></tr>"
        )?;
        for field in &layer.fields {
            let (from, to) = (field.at.start, field.at.end);
            let place = match to - from {
                0 | 1 => from.to_string(),
                _ => format!("{from}–{}", to - 1),
            };
            let name = escape(field.name);
            let value = escape(&field.value);
            writeln!(
                html,
                "<tr data-from=\"{from}\" data-to=\"{to}\">\
                 <td>{place}</td><td>{name}</td><td>{value}</td></tr>"
            )?;
        }
        html += "</tbody>\n";
    }
    Ok(html + "</table>\n")
}
