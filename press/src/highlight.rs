//! Colours code while the book is printed, so that no browser has to.

use ra_ap_rustc_lexer::{tokenize, FrontmatterAllowed, TokenKind};

/// Rust's strict keywords, and the two that are names elsewhere.
const KEYWORDS: &[&str] = &[
    "as", "async", "await", "break", "const", "continue", "crate",
    "dyn", "else", "enum", "extern", "false", "fn", "for", "if",
    "impl", "in", "let", "loop", "match", "mod", "move", "mut", "pub",
    "ref", "return", "self", "Self", "static", "struct", "super",
    "trait", "true", "type", "unsafe", "use", "where", "while",
];

/// A piece of a Rust program as HTML: each token in a `span` whose class
/// says what it is, as the compiler's own lexer reads it.
pub fn rust(code: &str) -> String {
    let mut at = 0;
    let tokens: Vec<(TokenKind, &str)> =
        tokenize(code, FrontmatterAllowed::No)
            .map(|token| {
                let from = at;
                at += token.len as usize;
                (token.kind, &code[from..at])
            })
            .collect();
    let mut html = String::new();
    for (n, (kind, text)) in tokens.iter().enumerate() {
        let next = tokens[n + 1..].first().map(|(kind, _)| *kind);
        span(&mut html, class(*kind, text, next), text);
    }
    html
}

fn class(
    kind: TokenKind,
    text: &str,
    next: Option<TokenKind>,
) -> &'static str {
    use ra_ap_rustc_lexer::LiteralKind::{Float, Int};
    match kind {
        TokenKind::LineComment { .. }
        | TokenKind::BlockComment { .. } => "comment",
        TokenKind::Literal {
            kind: Int { .. } | Float { .. }, ..
        } => "number",
        TokenKind::Literal { .. } => "string",
        TokenKind::Lifetime { .. } => "type",
        TokenKind::Ident if KEYWORDS.contains(&text) => "keyword",
        TokenKind::Ident if next == Some(TokenKind::Bang) => "call",
        TokenKind::Ident if text.starts_with(char::is_uppercase) => {
            "type"
        }
        TokenKind::Ident if next == Some(TokenKind::OpenParen) => {
            "call"
        }
        _ => "",
    }
}

/// A transcript as HTML: the prompts stand out.
pub fn console(text: &str) -> String {
    let mut html = String::new();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix("$ ") {
            Some(command) => {
                span(&mut html, "prompt", "$ ");
                span(&mut html, "", command);
            }
            None => span(&mut html, "", line),
        }
    }
    html
}

fn span(html: &mut String, class: &str, text: &str) {
    let text = crate::site::escape(text);
    if class.is_empty() {
        html.push_str(&text);
    } else {
        html.push_str(&format!(
            "<span class=\"{class}\">{text}</span>"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_token_has_its_class() {
        assert_eq!(
            rust("let n: &'a Vec = f(1, \"<\")?; // so"),
            "<span class=\"keyword\">let</span> n: \
             &amp;<span class=\"type\">'a</span> \
             <span class=\"type\">Vec</span> = \
             <span class=\"call\">f</span>(\
             <span class=\"number\">1</span>, \
             <span class=\"string\">&quot;&lt;&quot;</span>)?; \
             <span class=\"comment\">// so</span>"
        );
        assert_eq!(
            rust("println!()"),
            "<span class=\"call\">println</span>!()"
        );
    }

    #[test]
    fn a_prompt_is_told_from_an_output() {
        assert_eq!(
            console("$ a & b\n$5\n"),
            "<span class=\"prompt\">$ </span>a &amp; b\n$5\n"
        );
    }
}
