//! The primer, claim by claim: Markdown for the appendix.

use super::{Claim, Counts, Evidence, Primer};
use crate::book::{Book, Edition, Page};
use crate::listings::FOLDER;
use crate::site::{appendix_page, escape};
use crate::words::Words;
use anyhow::Result;
use std::fmt::Write;

/// What stands in the place of `{{#claims}}`.
///
/// # Errors
/// When an edition lacks a word for it.
pub(crate) fn list(
    book: &Book,
    edition: &Edition,
    page: &Page,
) -> Result<String> {
    let Some(primer) = &book.primer else {
        return Ok(String::new());
    };
    let words = Words::load(&book.root, &edition.id)?;
    let up = "../".repeat(page.path.matches('/').count());
    let list = List { book, edition, words, up };
    list.markdown(primer)
}

struct List<'a> {
    book: &'a Book,
    edition: &'a Edition,
    words: Words,
    /// The way from the appendix to the edition's folder.
    up: String,
}

impl List<'_> {
    fn markdown(&self, primer: &Primer) -> Result<String> {
        let Counts { all, shown, told, pending } = primer.counts();
        let counts = self
            .words
            .get("claims_counts")?
            .replace("{all}", &all.to_string())
            .replace("{shown}", &shown.to_string())
            .replace("{told}", &told.to_string())
            .replace("{pending}", &pending.to_string());
        let mut text = format!("{counts}\n");
        for heading in &primer.headings {
            let claims: Vec<_> = primer
                .claims
                .iter()
                .filter(|claim| section(&claim.id) == heading.id)
                .collect();
            let id = &heading.id;
            let anchor = id.to_lowercase().replace('.', "-");
            let title = &heading.primer;
            let _ = write!(text, "\n## {id} {title} {{#{anchor}}}\n");
            for claim in claims {
                self.claim(claim, &mut text)?;
            }
        }
        Ok(text)
    }

    fn claim(&self, claim: &Claim, text: &mut String) -> Result<()> {
        let edition = &self.edition.id;
        let verdict = self.words.get(claim.verdict.word())?;
        let in_edition =
            |text: &std::collections::BTreeMap<_, String>| {
                text.get(edition).map_or("", String::as_str).to_owned()
            };
        let finding = in_edition(&claim.finding);
        let sources = claim.sources.join(", ");
        let sources = match &*sources {
            "" => String::new(),
            sources => format!(" <cite>{}</cite>", escape(sources)),
        };
        // The primer is Chinese: its own readers need no gist.
        let chinese = self.edition.language().starts_with("zh");
        let gist = match chinese {
            true => String::new(),
            false => format!(": {}", claim.gist),
        };
        let _ = write!(
            text,
            "\n<div class=\"claim\" id=\"{id}\">\n\n\
             **{verdict}** `{id}` <q lang=\"zh-CN\">{primer}</q>{gist}\n\n\
             {finding}{sources}\n\n",
            id = claim.id,
            primer = escape(&claim.primer),
        );
        let mut ways = vec![self.page(claim)?];
        if let Some(reason) = &claim.reason {
            let no_program = self.words.get("claims_no_program")?;
            ways.push(format!("{no_program}{}", in_edition(reason)));
        }
        if !claim.evidence.is_empty() {
            let shown = self.words.get("claims_shown")?;
            let tests = self.evidence(claim);
            ways.push(format!("{shown}{tests}"));
        }
        let _ = write!(text, "{}\n\n</div>\n", ways.join(" · "));
        Ok(())
    }

    /// A link to the page that judges the claim.
    fn page(&self, claim: &Claim) -> Result<String> {
        let path = format!("{}.md", claim.page);
        let page = self.edition.page(&path);
        Ok(match page.filter(|_| !claim.pending) {
            Some(page) => {
                let fragment = "verdict";
                let title = page.title();
                format!("[{title}]({}{path}#{fragment})", self.up)
            }
            None => self.words.get("claims_pending")?.to_owned(),
        })
    }

    /// The tests of each program, and a link to where they are printed.
    fn evidence(&self, claim: &Claim) -> String {
        let mut programs: Vec<(String, Vec<String>)> = vec![];
        for name in &claim.evidence {
            let Ok(Evidence { file, function }) = Evidence::parse(name)
            else {
                continue;
            };
            let function = format!("`{function}`");
            match programs.iter_mut().find(|(other, _)| *other == file)
            {
                Some((_, functions)) => functions.push(function),
                None => programs.push((file, vec![function])),
            }
        }
        let programs = programs.iter().map(|(file, functions)| {
            let name = file
                .trim_start_matches(FOLDER)
                .trim_matches('/')
                .trim_end_matches(".rs")
                .replace("/tests/", "/");
            let listings = &self.book.listings;
            let page = listings
                .iter()
                .find(|l| l.test_file().as_ref() == Some(file))
                .and_then(appendix_page);
            let program = match page {
                Some(page) => {
                    format!("[`{name}`]({}{page}#test)", self.up)
                }
                None => format!("`{name}`"),
            };
            format!("{program} {}", functions.join(" "))
        });
        programs.collect::<Vec<_>>().join(" · ")
    }
}

/// The heading that a claim stands below: `S2.1` of `S2.1-c4`. The text above
/// the first heading of a part counts as the part's own.
fn section(id: &str) -> &str {
    let section = id.split_once('-').map_or(id, |(section, _)| section);
    section.strip_suffix(".0").unwrap_or(section)
}
