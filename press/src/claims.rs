//! What the primer says: its headings and its claims, each with a verdict
//! and with what shows it.
//!
//! `claims.toml` has them all. [`check`] holds the pages to it, the tests run
//! what it calls evidence, and [`list`] is the appendix that
//! `{{#claims}}` asks for.

mod appendix;

pub(crate) use appendix::list;

use crate::book::{Book, Edition, Page, SUMMARY};
use crate::check::Problems;
use crate::listings::{Kind, Listing, FOLDER};
use crate::markdown;
use crate::words::Words;
use anyhow::{anyhow, Context, Result};
use regex::Regex;
use serde::Deserialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use std::sync::LazyLock;
use toml::Spanned;

/// Relative to the book's root.
pub const FILE: &str = "claims.toml";

/// The words of the appendix, see [`crate::words`].
pub(crate) const WORDS: &[&str] = &[
    "claims_counts",
    "claims_no_program",
    "claims_pending",
    "claims_shown",
    "verdict_confirmed",
    "verdict_empty",
    "verdict_historic",
    "verdict_qualified",
    "verdict_refuted",
];

/// The primer, as far as the book answers to it.
#[derive(Debug, Default)]
pub struct Primer {
    /// In the primer's order.
    pub headings: Vec<Heading>,
    /// In the primer's order.
    pub claims: Vec<Claim>,
}

/// A heading of the primer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Heading {
    /// `S2.1.4`
    pub id: String,
    /// 1-based, in the primer.
    #[serde(rename = "line")]
    pub primer_line: usize,
    /// Its words, without its number.
    pub primer: String,
    /// The page that has it: `networks/arp`, or `SUMMARY` for the title of a
    /// part.
    pub page: String,
    /// Whether its page is yet to be written.
    #[serde(default)]
    pub pending: bool,
    /// 1-based, in [`FILE`].
    #[serde(skip)]
    pub line: usize,
}

/// Something that the primer says.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// `S2.1.4-c1`: the fourth heading's first claim.
    pub id: String,
    /// 1-based, in the primer.
    #[serde(rename = "line")]
    pub primer_line: usize,
    /// A few of its own words.
    pub primer: String,
    /// What they say, in English.
    pub gist: String,
    pub verdict: Verdict,
    /// What holds, in one sentence of each edition.
    pub finding: BTreeMap<String, String>,
    /// `RFC 9293 §3.6.1`
    #[serde(default)]
    pub sources: Vec<String>,
    /// The page that judges it: `networks/arp`.
    pub page: String,
    /// The tests that show it: `FOLDER/NAME::function`.
    #[serde(default)]
    pub evidence: Vec<String>,
    /// Why no program can show it, in a sentence of each edition.
    pub reason: Option<BTreeMap<String, String>>,
    /// Whether its page is yet to be written.
    #[serde(default)]
    pub pending: bool,
    /// 1-based, in [`FILE`].
    #[serde(skip)]
    pub line: usize,
}

/// How the book judges a claim.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Confirmed,
    Qualified,
    Refuted,
    /// A heading of the primer with no text below it.
    Empty,
    /// Said of a company's past, and without a source.
    Historic,
}

impl Verdict {
    const ALL: [Verdict; 5] = [
        Verdict::Confirmed,
        Verdict::Qualified,
        Verdict::Refuted,
        Verdict::Empty,
        Verdict::Historic,
    ];

    /// The name of its word in [`crate::words`].
    fn word(self) -> &'static str {
        match self {
            Verdict::Confirmed => "verdict_confirmed",
            Verdict::Qualified => "verdict_qualified",
            Verdict::Refuted => "verdict_refuted",
            Verdict::Empty => "verdict_empty",
            Verdict::Historic => "verdict_historic",
        }
    }
}

/// How many claims there are, by what stands behind their verdicts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    pub all: usize,
    /// Shown by a program.
    pub shown: usize,
    /// Shown by none, for a reason.
    pub told: usize,
    /// On pages that are yet to be written.
    pub pending: usize,
}

impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Counts { all, shown, told, pending } = self;
        write!(
            f,
            "{all} claims: {shown} shown by a program, {told} by none for \
             a reason, {pending} pending"
        )
    }
}

impl Primer {
    /// Reads `claims.toml`. A book without one follows no primer.
    ///
    /// # Errors
    /// When it can't be read, or says something else than what it must:
    /// `claims.toml:LINE` and why.
    pub(crate) fn load(root: &Path) -> Result<Option<Primer>> {
        match fs::read_to_string(root.join(FILE)) {
            Ok(text) => Primer::parse(&text).map(Some),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => {
                Err(why).with_context(|| format!("can't read {FILE}"))
            }
        }
    }

    fn parse(text: &str) -> Result<Primer> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Tables {
            #[serde(default)]
            heading: Vec<Spanned<Heading>>,
            #[serde(default)]
            claim: Vec<Spanned<Claim>>,
        }
        let line = |at: usize| text[..at].matches('\n').count() + 1;
        let tables: Tables = toml::from_str(text).map_err(|why| {
            let at = why.span().map_or(0, |span| span.start);
            anyhow!("{FILE}:{}: {}", line(at), why.message())
        })?;
        let headings = tables.heading.into_iter().map(|heading| {
            let line = line(heading.span().start);
            Heading { line, ..heading.into_inner() }
        });
        let claims = tables.claim.into_iter().map(|claim| {
            let line = line(claim.span().start);
            Claim { line, ..claim.into_inner() }
        });
        Ok(Primer {
            headings: headings.collect(),
            claims: claims.collect(),
        })
    }

    /// How many claims there are.
    pub fn counts(&self) -> Counts {
        let count = |has: fn(&Claim) -> bool| {
            self.claims.iter().filter(|claim| has(claim)).count()
        };
        Counts {
            all: self.claims.len(),
            shown: count(|claim| !claim.evidence.is_empty()),
            told: count(|claim| claim.reason.is_some()),
            pending: count(|claim| claim.pending),
        }
    }

    fn claim(&self, id: &str) -> Option<&Claim> {
        self.claims.iter().find(|claim| claim.id == id)
    }
}

/// A test, as `claims.toml` names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evidence {
    /// The test program, relative to the book's root:
    /// `listings/tcp/tests/half_close.rs`.
    pub file: String,
    /// The test in it.
    pub function: String,
}

impl Evidence {
    /// Reads `FOLDER/NAME::function`.
    ///
    /// # Errors
    /// When it is nothing of the kind.
    pub fn parse(name: &str) -> Result<Evidence, String> {
        let parts = name.split_once("::").and_then(|(at, function)| {
            Some((at.split_once('/')?, function))
        });
        let Some(((folder, program), function)) = parts else {
            return Err(format!("{name}: write FOLDER/NAME::function"));
        };
        Ok(Evidence {
            file: format!("{FOLDER}/{folder}/tests/{program}.rs"),
            function: function.to_owned(),
        })
    }

    /// Its test program, if that has a test of this name.
    fn find<'a>(&self, book: &'a Book) -> Result<&'a Listing, String> {
        static TEST: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(
                r"#\[(?:tokio::)?test\b[^\]]*\]\s*(?:async\s+)?fn\s+(\w+)",
            )
            .expect("a constant pattern")
        });
        let Evidence { file, function } = self;
        let listing = book
            .listing(file)
            .filter(|listing| matches!(listing.kind, Kind::Test(_)))
            .ok_or_else(|| format!("evidence: no such file: {file}"))?;
        let mut tests = TEST.captures_iter(&listing.text);
        if tests.any(|test| test[1] == **function) {
            return Ok(listing);
        }
        Err(format!("evidence: {file} has no test {function}"))
    }
}

/// What a page says of a claim: `**Refuted** (S2.1.4-c1)`.
struct Judgement<'a> {
    line: usize,
    word: &'a str,
    id: String,
}

/// The judgements of a page, of which each starts a line.
fn judgements(page: &Page) -> Vec<Judgement<'_>> {
    static JUDGEMENT: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"^\*\*([^*]+)\*\* ?[(（]([^)）]*)[)）]")
            .expect("a constant pattern")
    });
    let fences = &page.parts.fences;
    let prose = page.text.lines().zip(1..).filter(|(_, line)| {
        !fences.iter().any(|fence| fence.lines().contains(line))
    });
    prose
        .filter_map(|(text, line)| {
            Some((JUDGEMENT.captures(text)?, line))
        })
        .flat_map(|(found, line)| {
            let word = found.get(1).map_or("", |word| word.as_str());
            let ids = markdown::claims(&found[2], &[]);
            ids.into_iter().map(move |claim| Judgement {
                line,
                word,
                id: claim.id,
            })
        })
        .collect()
}

/// Adds what `claims.toml` and the pages have against each other.
pub(crate) fn check(book: &Book, problems: &mut Problems) {
    let Some(primer) = &book.primer else { return };
    same_ids(primer, problems);
    for claim in &primer.claims {
        check_claim(book, claim, problems);
    }
    for edition in &book.editions {
        let Ok(words) = Words::load(&book.root, &edition.id) else {
            // Said of the words themselves.
            return;
        };
        check_headings(primer, edition, problems);
        check_pages(primer, edition, &words, problems);
    }
}

fn same_ids(primer: &Primer, problems: &mut Problems) {
    let mut seen = HashSet::new();
    let headings = primer.headings.iter().map(|h| (&h.id, h.line));
    let claims = primer.claims.iter().map(|c| (&c.id, c.line));
    for (id, line) in headings.chain(claims) {
        if !seen.insert(id) {
            problems.add(FILE, line, format!("a second {id}"));
        }
    }
}

/// Whether a claim says all that it must, and its evidence is there.
fn check_claim(book: &Book, claim: &Claim, problems: &mut Problems) {
    let Claim { id, line, .. } = claim;
    let mut add = |what: String| {
        problems.add(FILE, *line, format!("{id}: {what}"));
    };
    for edition in &book.editions {
        let edition = &edition.id;
        if !claim.finding.contains_key(edition) {
            add(format!("no finding.{edition}"));
        }
        let reason = claim.reason.as_ref();
        if reason.is_some_and(|reason| !reason.contains_key(edition)) {
            add(format!("no reason.{edition}"));
        }
    }
    let stands = [
        !claim.evidence.is_empty(),
        claim.reason.is_some(),
        claim.pending,
    ];
    if stands.iter().filter(|stands| **stands).count() != 1 {
        let what =
            "needs evidence, or a reason why no program can show \
                    it, or to be pending: one of the three";
        add(what.to_owned());
    }
    for name in &claim.evidence {
        let found = Evidence::parse(name)
            .and_then(|evidence| evidence.find(book).map(drop));
        if let Err(what) = found {
            add(what);
        }
    }
}

/// Whether the headings of the primer stand in an edition, in their order.
fn check_headings(
    primer: &Primer,
    edition: &Edition,
    problems: &mut Problems,
) {
    let mut last: Option<((usize, usize), &Heading)> = None;
    for heading in primer.headings.iter().filter(|h| !h.pending) {
        let Heading { id, line, primer, page, .. } = heading;
        let path = format!("{page}.md");
        let Some(place) = place(edition, &path, primer) else {
            let what = format!(
                "{id}: {}/{path} has no heading with {primer}",
                edition.src
            );
            problems.add(FILE, *line, what);
            continue;
        };
        if let Some((before, other)) = last {
            if place < before {
                let what = format!(
                    "{id}: in {} it stands before {}",
                    edition.src, other.id
                );
                problems.add(FILE, *line, what);
            }
        }
        last = Some((place, heading));
    }
}

/// Where in the edition a heading with these words stands: the line of its
/// page in the table of contents, and its line on the page.
fn place(
    edition: &Edition,
    path: &str,
    words: &str,
) -> Option<(usize, usize)> {
    let page = edition.page(path)?;
    let line = page.text.lines().position(|line| {
        line.starts_with('#') && line.contains(words)
    })?;
    if path == SUMMARY {
        return Some((line + 1, 0));
    }
    let links = &edition.summary.parts.links;
    let link = links.iter().find(|link| link.target == path)?;
    Some((link.line, line + 1))
}

/// Whether the pages of an edition judge what they must, as they must, and
/// know every claim that they mention.
fn check_pages(
    primer: &Primer,
    edition: &Edition,
    words: &Words,
    problems: &mut Problems,
) {
    let word =
        |verdict: Verdict| words.get(verdict.word()).unwrap_or("");
    let mut judged = HashSet::new();
    for page in &edition.pages {
        for claim in &page.parts.claims {
            if primer.claim(&claim.id).is_none() {
                let what = format!("{FILE} has no claim {}", claim.id);
                problems.add(&page.file, claim.line, what);
            }
        }
        for Judgement { line, word: said, id } in judgements(page) {
            let Some(claim) = primer.claim(&id) else { continue };
            let meant = word(claim.verdict);
            if said == meant {
                judged.insert((page.path.clone(), id));
            } else if Verdict::ALL.iter().any(|v| word(*v) == said) {
                let what = format!(
                    "{said}, and {FILE}:{} says of {id}: {meant}",
                    claim.line
                );
                problems.add(&page.file, line, what);
            }
        }
    }
    for claim in primer.claims.iter().filter(|claim| !claim.pending) {
        let path = format!("{}.md", claim.page);
        let key = (path.clone(), claim.id.clone());
        if !judged.contains(&key) {
            let what = format!(
                "{}: {}/{path} doesn't say `**{}** (… {} …)` at the start \
                 of a line",
                claim.id,
                edition.src,
                word(claim.verdict),
                claim.id
            );
            problems.add(FILE, claim.line, what);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIM: &str = "[[claim]]\nid = \"S1-c1\"\nline = 3\n\
        primer = \"词\"\ngist = \"a word\"\nverdict = \"refuted\"\n\
        finding.en = \"No.\"\npage = \"one\"\n";

    #[test]
    fn a_claim_knows_its_line() {
        let primer = Primer::parse(&format!("\n\n{CLAIM}")).unwrap();
        let claim = primer.claim("S1-c1").unwrap();
        assert_eq!((claim.line, claim.primer_line), (3, 3));
        assert_eq!(claim.verdict, Verdict::Refuted);
    }

    #[test]
    fn what_is_wrong_has_a_line() {
        let without = CLAIM.replace("verdict = \"refuted\"\n", "");
        let wrong = CLAIM.replace("refuted", "maybe");
        let said =
            |text: &str| Primer::parse(text).unwrap_err().to_string();
        let found = said(&format!("\n{without}"));
        assert_eq!(found, "claims.toml:2: missing field `verdict`");
        let found = said(&wrong);
        assert!(found.starts_with("claims.toml:6: unknown variant"));
    }

    #[test]
    fn evidence_is_a_test_of_a_listing() {
        let found = Evidence::parse("tcp/close::three").unwrap();
        assert_eq!(found.file, "listings/tcp/tests/close.rs");
        assert_eq!(found.function, "three");
        Evidence::parse("tcp/close").unwrap_err();
        Evidence::parse("close::three").unwrap_err();
    }
}
