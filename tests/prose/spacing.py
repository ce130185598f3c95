"""Spaces and punctuation between Chinese and the rest, by autocorrect.

Markdown is judged as a reader sees it: without links' addresses, emphasis
and blocks of code, and with a word for each code span. So a space that is
missing beside a link or a code span is found, too.
"""

import json
import re
import sys
from difflib import SequenceMatcher
from pathlib import Path

import autocorrect_py as autocorrect

# The primer's own words, which it doesn't space.
VERBATIM = Path("tests/prose/verbatim.txt")
CJK = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def code(match):
    text = match[2].strip()
    return text if CJK.search(text) or text.isalnum() else "code"


def seen(line):
    """What a reader sees of a line of Markdown."""
    line = re.sub(r"(`+)(.+?)\1", code, line)
    line = re.sub(r"(<code>)(.+?)</code>", code, line)
    line = re.sub(r"</?\w[^>]*>", "", line)
    line = re.sub(r"!?\[([^]]*)\]\([^)]*\)", r"\1", line)
    line = re.sub(r"\{#[^}]*\}\s*$", "", line)
    return line.replace("*", "").strip()


def numbered(text):
    return enumerate(text.splitlines(), 1)


def markdown(text):
    """The lines outside of blocks of code, with their numbers."""
    fence = None
    for number, line in numbered(text):
        mark = re.match(r"\s*(`{3,}|~{3,})", line)
        if mark and fence is None:
            fence = mark[1]
        elif fence is not None:
            if mark and line.strip().startswith(fence):
                fence = None
        else:
            yield number, seen(line)


def faults(path, text):
    if path.suffix == ".rs":
        for line in autocorrect.lint_for(text, "rust").lines:
            yield line.line, line.old, line.new
        return
    lines = markdown(text) if path.suffix == ".md" else numbered(text)
    for number, old in lines:
        if CJK.search(old):
            yield number, old, autocorrect.format(old)


def differences(old, new):
    pieces = SequenceMatcher(None, old, new, False).get_opcodes()
    for tag, a, b, c, d in pieces:
        if tag != "equal":
            a, c = max(a - 8, 0), max(c - 8, 0)
            yield f"“{old[a:b + 8]}” should be “{new[c:d + 8]}”"


def main(folders):
    autocorrect.load_config(json.dumps({"rules": {"spellcheck": 0}}))
    verbatim = VERBATIM.read_text("utf-8").split("\n")
    unused = {words for words in verbatim if words}
    red = False
    files = [
        file
        for folder in map(Path, folders)
        for file in ([folder] if folder.is_file() else sorted(folder.rglob("*")))
        if file.suffix in (".md", ".rs", ".toml")
    ]
    for path in files:
        text = path.read_text("utf-8")
        for words in verbatim:
            if words and words in text:
                unused.discard(words)
                text = text.replace(words, autocorrect.format(words))
        for number, old, new in faults(path, text):
            for difference in differences(old, new):
                red = True
                print(f"{path}:{number}: {difference}")
    for words in sorted(unused):
        red = True
        print(f"{VERBATIM}: no page says “{words}”")
    return red


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
