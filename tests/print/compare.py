"""Compares a PDF with the EPUB of the same edition: all that the one says,
the other says too."""

import json
import pathlib
import re
import subprocess
import sys
import unicodedata
import xml.etree.ElementTree as ElementTree
import zipfile

HTML = "{http://www.w3.org/1999/xhtml}"
XML = "{http://www.w3.org/XML/1998/namespace}"
folder, name = pathlib.Path(sys.argv[1]), sys.argv[2]
pdf = folder / f"{name}.pdf"
epub = zipfile.ZipFile(folder / f"{name}.epub")
problems = []


def expect(true, what):
    if not true:
        problems.append(what)


def run(*command):
    output = subprocess.run(command, check=True, capture_output=True)
    return output.stdout.decode(errors="replace")


def page(path):
    return ElementTree.fromstring(epub.read(f"EPUB/{path}"))


def text(element):
    return "".join(element.itertext()).strip()


def bare(text):
    """Without what depends on fonts and on where lines and pages end, and
    without quotation marks: those of a <q> are the style's."""
    text = unicodedata.normalize("NFKC", text)
    return re.sub(r"[\s\u00ad\u200b\u2010\u2018-\u201d-]", "", text)


# What a reader looks for first.
info = run("pdfinfo", pdf)
title = text(page("title.xhtml").find(f".//{HTML}h1"))
language = page("title.xhtml").get(f"{XML}lang")
expect(re.search(rf"^Title: +{re.escape(title)}$", info, re.M), info)
expect(re.search(r"^Tagged: +yes$", info, re.M), info)
expect(re.search(r"^JavaScript: +no$", info, re.M), info)
pages = int(re.search(r"^Pages: +(\d+)$", info, re.M)[1])
expect(pages > 10, f"only {pages} pages")
first = (folder / "index.html").read_text()
for file in (f"{name}.pdf", f"{name}.epub"):
    expect(f'href="{file}"' in first, f"index.html has no link to {file}")

# The outline: what stands in the table of contents, and every heading.
nav = page("nav.xhtml")
contents = nav.find(f".//{HTML}nav")
chapters = []
expected = [(0, title), (0, text(nav.find(f".//{HTML}h1")))]


def entries(items, depth):
    for item in items:
        link = item.find(f"{HTML}a")
        if link is None:
            expected.append((depth, text(item.find(f"{HTML}span"))))
        elif "#" not in link.get("href"):
            chapters.append(link.get("href"))
            for element in page(link.get("href")).iter():
                if re.fullmatch(rf"{HTML}h[1-6]", element.tag):
                    level = depth + int(element.tag[-1]) - 1
                    expected.append((level, text(element)))
        below = item.find(f"{HTML}ol")
        if below is not None:
            entries(below, depth + 1)


entries(contents.find(f"{HTML}ol"), 0)
found = []


def outline(items, depth):
    for item in items:
        found.append((depth, item["title"], item["destpageposfrom1"]))
        outline(item["kids"], depth + 1)


outline(
    json.loads(run("qpdf", "--json", "--json-key=outlines", pdf))["outlines"],
    0,
)
expect(len(chapters) > 5, f"only {len(chapters)} chapters")
for n in range(max(len(found), len(expected))):
    has = found[n][:2] if n < len(found) else None
    needs = expected[n] if n < len(expected) else None
    if has != needs:
        problems.append(f"outline: {needs} is {has}")
        break
turned = [number for _, _, number in found]
expect(turned == sorted(turned), f"the outline goes back: {turned}")

# Links lead into the book, and none to the machine that printed it.
plain = run("qpdf", "--qdf", "--object-streams=disable", pdf, "-")
expect(f"/Lang ({language})" in plain, f"the PDF is not in {language}")
expect("file://" not in plain, "a link leads to a file")
until = str(max(turned[2] - 1, 2))
links = run("pdftohtml", "-xml", "-i", "-stdout", "-f", "2", "-l", until, pdf)
links = len(re.findall(r"<a href=\"[^\"]*#\d+\"", links))
expect(links >= len(chapters), f"{links} links to {len(chapters)} chapters")

# Every paragraph, every line of code, every answer. The foot of a page is
# left out: its number would stand in the middle of what goes on.
height = float(re.search(r"Page size: +[\d.]+ x ([\d.]+)", info)[1])
body = ["-x", "0", "-y", "0", "-W", "10000", "-H", str(int(height) - 56)]
printed = bare(run("pdftotext", "-raw", "-nopgbrk", *body, pdf, "-"))


def is_printed(line):
    """In one piece, or in two: code is painted after the text of its page,
    and comes between where a page is turned."""
    if line in printed:
        return True
    cuts = range(1, len(line))
    return any(line[:n] in printed and line[n:] in printed for n in cuts)


blocks = answers = han = 0
for path in chapters:
    root = page(path)
    answers += len(root.findall(f".//{HTML}div[@class='answer']"))
    for element in root.iter():
        if element.tag not in (f"{HTML}{tag}" for tag in ("p", "pre", "div")):
            continue
        if element.tag == f"{HTML}div" and element.get("class") != "question":
            continue
        for line in text(element).splitlines():
            blocks += 1
            han += bool(re.search(r"[\u4e00-\u9fff]", line))
            expect(is_printed(bare(line)), f"{path}: not printed: {line}")
expect(answers > 3, f"only {answers} answers")
expect(language != "zh-CN" or han > 50, f"only {han} lines of Chinese")

for problem in problems[:20]:
    print(f"{name}: {problem}")
print(f"{pages} pages, {len(found)} bookmarks, {blocks} lines, {answers} answers")
sys.exit(bool(problems))
