// Rules of the book that markdownlint doesn't have.

function* all(type, tokens) {
  for (const token of tokens) {
    if (token.type === type) yield token;
    else yield* all(type, token.children);
  }
}

// What mdBook reads line by line, though Markdown takes it for a paragraph:
// the mark of an alert, and a definition.
const ALERT = /^[\s>]*\[![A-Z]+\]\s*$/;
const DEFINITION = /^\s*: /;

// A line break in Chinese is printed as a space. And a difference shows the
// paragraph that was changed, not the lines that moved.
const oneLine = {
  names: ["one-line-paragraph"],
  description: "A paragraph is one line",
  tags: ["paragraph"],
  parser: "micromark",
  function: ({ lines, parsers }, onError) => {
    for (const { startLine, endLine } of all(
      "paragraph",
      parsers.micromark.tokens,
    )) {
      for (let line = startLine; line < endLine; line++) {
        const [above, below] = [lines[line - 1], lines[line]];
        if (ALERT.test(above) || DEFINITION.test(below)) continue;
        onError({ lineNumber: line + 1, context: below });
        break;
      }
    }
  },
};

// MD024 takes headings for different if only their ids are.
const oneHeading = {
  names: ["one-heading"],
  description: "A page has a heading once, whatever its id",
  tags: ["headings"],
  parser: "micromark",
  function: ({ parsers }, onError) => {
    const seen = new Set();
    for (const { startLine, text } of all(
      "atxHeading",
      parsers.micromark.tokens,
    )) {
      const heading = text.replace(/\{#[^}]*\}\s*$/, "").replace(/^#+/, "");
      if (seen.has(heading.trim())) {
        onError({ lineNumber: startLine, context: text });
      }
      seen.add(heading.trim());
    }
  },
};

export default [oneLine, oneHeading];
