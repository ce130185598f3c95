//! How much room a text takes before any browser has set it: rather too
//! much than too little, because readers have fonts of their own.

/// The two fonts of a diagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Font {
    /// Names, flags, states: set in bold.
    Bold,
    /// What programs, addresses and numbers look like.
    Code,
}

/// The width of a text, in the units of its size.
pub fn width(text: &str, font: Font, size: f64) -> f64 {
    text.chars().map(|c| advance(c, font)).sum::<f64>() * size
}

/// The width of a character, of which the size is 1.
fn advance(c: char, font: Font) -> f64 {
    match (font, c) {
        // Chinese, and its punctuation.
        (_, '\u{2e80}'..='\u{9fff}' | '\u{f900}'..='\u{ffef}') => 1.0,
        (_, '\u{10000}'..) => 1.25,
        (Font::Code, _) => 0.62,
        (
            _,
            'i' | 'j' | 'l' | 'I' | '.' | ',' | ':' | ';' | '\'' | '|',
        ) => 0.4,
        (_, ' ' | '-' | '(' | ')' | 'f' | 'r' | 't') => 0.48,
        (_, 'm' | 'w' | 'M' | 'W') => 1.0,
        (_, 'A'..='Z') => 0.76,
        _ => 0.68,
    }
}

/// Breaks a text into lines that are no wider than that: between words, and
/// within one only if it is wider itself, then after a mark if there is one.
pub fn wrap(
    text: &str,
    font: Font,
    size: f64,
    most: f64,
) -> Vec<String> {
    let fits = |text: &str| width(text, font, size) <= most;
    let mut lines = vec![];
    let mut line = String::new();
    for word in text.split_whitespace() {
        let longer = match &*line {
            "" => word.to_owned(),
            line => format!("{line} {word}"),
        };
        if fits(&longer) {
            line = longer;
            continue;
        }
        if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
        let mut rest = word;
        while !fits(rest) {
            let at = cut(rest, &fits);
            lines.push(rest[..at].to_owned());
            rest = &rest[at..];
        }
        line = rest.to_owned();
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

/// Where to break a word that is too wide.
fn cut(word: &str, fits: &impl Fn(&str) -> bool) -> usize {
    let ends =
        word.char_indices().map(|(at, c)| (at + c.len_utf8(), c));
    let fitting: Vec<_> =
        ends.take_while(|(end, _)| fits(&word[..*end])).collect();
    let last = |is: fn(char) -> bool| {
        fitting.iter().rev().find(|(_, c)| is(*c))
    };
    // Better between the bytes of an address than within one of them.
    let marked = last(|c| !c.is_alphanumeric() && c != '.')
        .or_else(|| last(|c| c == '.'));
    // However narrow it is, one character goes on.
    let first = word.chars().next().map_or(0, char::len_utf8);
    marked.or(fitting.last()).map_or(first, |(end, _)| *end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words_and_after_marks() {
        let wrap = |text| wrap(text, Font::Code, 10.0, 62.0);
        assert_eq!(wrap("write question"), ["write", "question"]);
        assert_eq!(wrap("a b c d e f g"), ["a b c d e", "f g"]);
        assert_eq!(
            wrap("02:00:00:00:00:01"),
            ["02:00:00:", "00:00:01"]
        );
        assert_eq!(wrap("172.16.10.254"), ["172.16.10.", "254"]);
        assert_eq!(wrap("abcdefghijklm"), ["abcdefghij", "klm"]);
        assert_eq!(wrap("一二三四五六七"), ["一二三四五六", "七"]);
        assert_eq!(wrap(""), [""; 0]);
    }
}
