//! The machine's own network, that a lab must leave as it is.

use anyhow::{ensure, Result};
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

/// What is set, by its name.
pub type Facts = BTreeMap<String, String>;

/// Fails when something is not what it was, and says what.
pub fn compare(before: &Facts, after: &Facts) -> Result<()> {
    ensure!(before.len() > 100, "{} facts", before.len());
    let keys = before.keys().chain(after.keys());
    let mut changed: Vec<_> = keys
        .filter(|key| before.get(*key) != after.get(*key))
        .collect();
    changed.sort();
    changed.dedup();
    let said = changed.iter().map(|key| {
        let (before, after) = (before.get(*key), after.get(*key));
        format!("{key}\n  before: {before:?}\n  after:  {after:?}\n")
    });
    let said: String = said.collect();
    ensure!(
        said.is_empty(),
        "the machine's network has changed\n{said}"
    );
    Ok(())
}

/// What is set in the machine's network, without what it counts.
pub fn machine() -> Facts {
    let mut facts = Facts::new();
    for file in ["if_inet6", "fib_trie", "ip_tables_names"] {
        let file = format!("/proc/net/{file}");
        let text = fs::read_to_string(&file).unwrap_or_default();
        facts.insert(file, text);
    }
    columns(&mut facts, "/proc/net/dev", ':', &[0]);
    // All but how often a route was used.
    let route = [0, 1, 2, 3, 6, 7, 8, 9, 10];
    columns(&mut facts, "/proc/net/route", ' ', &route);
    let route6 = [0, 1, 2, 3, 4, 5, 8, 9];
    columns(&mut facts, "/proc/net/ipv6_route", ' ', &route6);
    neighbours(&mut facts);
    variables(&mut facts, Path::new("/proc/sys/net"));
    let rules = Command::new("nft").args(["list", "ruleset"]).output();
    if let Ok(rules) = rules {
        let text = String::from_utf8_lossy(&rules.stdout);
        facts.insert("nft".into(), text.into_owned());
    }
    facts
}

/// Some columns of a table.
fn columns(facts: &mut Facts, file: &str, by: char, which: &[usize]) {
    let text = fs::read_to_string(file).unwrap_or_default();
    let mut rows: Vec<String> = vec![];
    for line in text.lines() {
        let cells: Vec<&str> = match by {
            ' ' => line.split_whitespace().collect(),
            by => line.split(by).map(str::trim).collect(),
        };
        let kept = which.iter().filter_map(|&n| cells.get(n));
        let kept: Vec<&str> = kept.copied().collect();
        rows.push(kept.join(" "));
    }
    rows.sort();
    facts.insert(file.to_owned(), rows.join("\n"));
}

/// Who the machine knows for good. The others come and go with whatever
/// it does meanwhile; but none may be a lab's.
fn neighbours(facts: &mut Facts) {
    let text = fs::read_to_string("/proc/net/arp").unwrap_or_default();
    let rows = text.lines().filter(|line| {
        let mut cells = line.split_whitespace().skip(2);
        let flags = cells.next().unwrap_or_default();
        let mac = cells.next().unwrap_or_default();
        // ATF_PERM
        flags == "0x6" || mac.starts_with("02:00:00:00:0")
    });
    let rows: Vec<&str> = rows.collect();
    facts.insert("/proc/net/arp".into(), rows.join("\n"));
}

/// Counted, not set.
const COUNTERS: [&str; 2] =
    ["nf_conntrack_count", "nf_conntrack_tcp_count"];

fn variables(facts: &mut Facts, folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            variables(facts, &path);
        } else if let Ok(text) = fs::read_to_string(&path) {
            let name = entry.file_name();
            let name = name.to_string_lossy();
            if !COUNTERS.contains(&&*name) {
                facts.insert(path.display().to_string(), text);
            }
        }
    }
}
