// Rules of the book that markdownlint doesn't have.

import { readFileSync } from "node:fs";

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

// Spelled otherwise in the names of pages, programs, scenes and man pages, and
// in the primer's own words.
const verbatim = readFileSync(new URL("verbatim.txt", import.meta.url), "utf8")
  .split("\n")
  .filter((words) => words);
const NO_PROSE =
  /`[^`]*`|\{#[^}]*\}|\{\{#\w+ [\w/:]+|\]\([^)]*\)|\bipv6\(7\)/g;

const ipNames = {
  names: ["ip-names"],
  description: "IPv4 and IPv6 are spelled so",
  tags: ["spelling"],
  parser: "none",
  function: ({ lines }, onError) => {
    let code = false;
    lines.forEach((line, at) => {
      if (/^\s*```/.test(line)) code = !code;
      if (code) return;
      let prose = line.replace(NO_PROSE, "");
      for (const words of verbatim) prose = prose.replaceAll(words, "");
      const found = prose.match(/\bipv[46]\b/gi) ?? [];
      const wrong = found.find((name) => !/^IPv[46]$/.test(name));
      if (wrong) onError({ lineNumber: at + 1, context: wrong });
    });
  },
};

export default [oneLine, oneHeading, ipNames];
