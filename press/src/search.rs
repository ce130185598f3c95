//! What theme/search.js searches: the text of every section.

use crate::contents;
use crate::printed::{Printed, Section};
use mdbook_driver::book::Chapter;
use serde_json::{json, Value};
use sha2::{Digest, Sha256};

/// The index of an edition: the name of its file, and the file.
pub fn index(pages: &[(&Chapter, Printed)]) -> (String, String) {
    let pages: Vec<Value> = pages
        .iter()
        .filter_map(|(chapter, printed)| {
            let sections: Vec<Value> =
                printed.sections.iter().map(section).collect();
            let href = contents::href(chapter)?;
            Some(json!([chapter.name, href, sections]))
        })
        .collect();
    // A script, because a page of a file may load no other thing.
    let script = format!("globalThis.index = {};\n", json!(pages));
    let hash = hash(script.as_bytes());
    (format!("searchindex-{hash}.js"), script)
}

/// What makes the name of a file another one when the file is: browsers keep
/// it as long as it has the same name.
pub fn hash(file: &[u8]) -> String {
    let hash = Sha256::digest(file);
    hash[..4].iter().map(|byte| format!("{byte:02x}")).collect()
}

fn section(section: &Section) -> Value {
    let Section { id, title, text, strong, code, .. } = section;
    let [text, strong, code] = [text, strong, code].map(|text| {
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    });
    json!([id, title, text, strong, code])
}
