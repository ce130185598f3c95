// Sees every kind of test go red: breaks a copy of the site in one place after
// the other, and wants the test that watches over it to say so.
import { spawn } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const SITE = path.resolve(HERE, process.env.SITE ?? "../../book");
// What the book's HTTP server serves: a copy of it lies beside the site's.
const WWW = path.resolve(HERE, "../../listings/architecture/www");
const PAGE = "tcp/half_close.html";
const AT_ONCE = 2;
const LIMIT = 300_000;

// The file whose name ends so, and what stands in it instead of what: a text,
// or something that makes one of it.
const replace = (name, from, to) => (site) => {
    const folder = path.join(site, path.dirname(name));
    const [start, end] = path.basename(name).split("*");
    const files = readdirSync(folder).filter(
        (file) => file.startsWith(start) && file.endsWith(end ?? "") && (end || file === start),
    );
    if (files.length !== 1) throw new Error(`${name}: ${files.length} files`);
    const file = path.join(folder, files[0]);
    const before = readFileSync(file, "utf8");
    const after = before.replace(from, to);
    if (after === before) throw new Error(`${name} holds no ${from}`);
    writeFileSync(file, after);
};

// Deletes the file whose name ends so.
const lose = (name) => (site) => {
    const folder = path.join(site, path.dirname(name));
    const end = path.extname(name);
    for (const file of readdirSync(folder).filter((file) => file.endsWith(end))) {
        rmSync(path.join(folder, file));
    }
};

// What is broken, the tests that must fail, what they must say, and how it is
// broken.
const BREAKAGES = [
    ["an inline style", "head", "every file has a policy", "<p style=", replace(`en/${PAGE}`, "<p>", '<p style="color: red">')],
    ["a lost lang", "head", "every page says which", "lang is null", replace(`zh/${PAGE}`, ' lang="zh-CN"', "")],
    ["a lost description", "head", "every page has a description", "no description", replace(`en/${PAGE}`, /(name="description" content=")[^"]*/, "$1")],
    ["a wrong picker", "links", "the picker leads", "the picker's zh leads to", replace(`en/${PAGE}`, `href="../../zh/${PAGE}" lang="zh-CN" hreflang="zh-CN" data-edition`, 'href="../../zh/index.html" lang="zh-CN" hreflang="zh-CN" data-edition')],
    ["a heading that the other edition lacks", "links", "beside each heading", "has no #run", replace(`zh/${PAGE}`, 'id="run"', 'id="ran"')],
    ["a dead link", "links", "every link leads", "no such heading there", replace(`en/${PAGE}`, "glossary.html#rst", "glossary.html#tsr")],
    ["a picker that forgets the heading", "links", "the picker carries", "read #", replace("en/book-*.js", "edition.hash = id", "edition.hash = ''")],
    ["a foreign image", "page", "loads|asks another host", "request to another host: https://foreign.example/", replace(`en/${PAGE}`, "<main", '<img src="https://foreign.example/x.svg" alt=""><main')],
    ["something wide", "page", "loads|wider than", "sticks out", replace("en/theme/book-*.css", "h1,\n", "h1 { min-width: 100rem; }\nh1,\n")],
    ["a heavy page", "page", "loads|weighs", "too heavy", replace(`en/${PAGE}`, "</main>", () => `<p hidden>${Array.from({ length: 30_000 }, () => Math.random()).join(" ")}</p></main>`)],
    ["text that jumps", "page", "loads|jumps", "layout shift 0.", replace("en/book-*.js", '"use strict";', '"use strict";\nrequestAnimationFrame(() => requestAnimationFrame(() => document.querySelector("main").insertAdjacentHTML("afterbegin", "<p>1<br>2<br>3<br>4<br>5<br>6<br>7<br>8<br>9</p>")));')],
    ["what comes late and stands first", "page", "slow line", "layout shift 0.", replace("en/theme/book-*.css", ".turn {", ".page { display: flex; flex-direction: column; }\n.turn { order: -1; height: 9rem; }\n.turn {")],
    ["a button without a script", "noscript", "everything is there", "for scripts only: theme-button", replace(`en/${PAGE}`, 'id="theme-button" class="scripted"', 'id="theme-button"')],
    ["English in the Chinese edition", "words", "every word", '"Search"', replace(`zh/${PAGE}`, 'aria-label="搜索"', 'aria-label="Search"')],
    ["a status in English", "words", "the search and the copy", '"Nothing found"', replace(`zh/${PAGE}`, 'data-found-none="没有找到"', 'data-found-none="Nothing found"')],
    ["no outline", "keys", "Tab reaches", "it doesn't show", replace("en/theme/book-*.css", "outline: 2px solid var(--link)", "outline: none")],
    ["a button that no key reaches", "keys", "Tab reaches", "has the focus and is hidden", replace("en/theme/book-*.css", "pre:hover .copy,\n.copy:focus-visible,", "pre:hover .copy,")],
    ["arrows that turn the page anywhere", "keys", "arrows turn", "in a code block turns", replace("en/book-*.js", "pre, .table-wrapper", "select")],
    ["prompts that are copied", "keys", "the copy button", '"$ cargo', replace("en/book-*.js", 'code.classList.contains("language-console")', "false")],
    ["an empty index", "search", "the first result", "nothing, and not", replace("en/searchindex-*.js", /= \[.*\]/s, "= []")],
    ["results that aren't counted", "search", "the number of results", "the number has role null", replace(`en/${PAGE}`, ' role="status"', "")],
    ["traces without their script", "trace", "buttons and keys", "0 buttons", replace(`en/${PAGE}`, /<script defer src="[^"]*trace-[^"]*"><\/script>/, "")],
    ["keys that turn the page from a trace", "trace", "buttons and keys", "a key turns the page", replace("en/trace-*.js", "event.stopPropagation();", "")],
    ["a trace that stops before its end", "trace", "buttons and keys", "End: frame", replace("en/trace-*.js", "End: () => rows.length", "End: () => rows.length - 1")],
    ["frames that can't be tapped", "trace", "a frame is chosen", "frame none is chosen", replace("en/trace-*.js", "if (frame) choose(", "if (!frame) choose(")],
    ["bytes that aren't lit", "trace", "bytes and fields", "lights bytes ,", replace("en/trace-*.js", 'byte.classList.add("lit")', "byte")],
    ["a lost recording", "trace", "what was recorded", "status 404", lose("listings/tcp/traces/*.pcapng")],
    ["a table that lacks a frame", "trace", "without a script, a table", "rows for", replace(`en/${PAGE}`, /<tr class="sent" data-frame="1">.*?<\/tr>/, "")],
    ["a diagram too wide for a telephone", "trace", "diagrams can be read", "scrolls sideways", replace("en/theme/book-*.css", ".trace svg {", ".trace svg {\n    min-width: 30rem;")],
    ["texts that touch", "trace", "diagrams can be read", "touches", replace("en/theme/book-*.css", "    font-size: 10.8px;\n    font-variant", "    font-size: 18px;\n    font-variant")],
    ["a diagram too small to be read", "trace", "diagrams can be read", "px high", replace("en/theme/book-*.css", "    font-size: 10.8px;\n    font-variant", "    font-size: 9px;\n    font-variant")],
    ["pale fields", "axe", "axe: with a frame", "color-contrast", replace("en/theme/book-*.css", "padding-top: 0.6rem;\n    color: var(--wire)", "padding-top: 0.6rem;\n    color: var(--line)")],
    ["a fork that goes nowhere", "front", "it leads to the reader's", "not http", replace("root.js", "location.replace", "String")],
    ["a fork without links", "front", "it offers every edition", `no link to zh/${PAGE}`, replace(PAGE, `zh/${PAGE}`, `zh/x/${PAGE}`)],
    ["a 404 page without its style", "front", "an address that leads nowhere", "has no style", replace("404.html", 'rel="stylesheet"', 'rel="style"')],
    ["closed answers on paper", "print", "printed pages", "parts of answers are hidden", replace("en/theme/book-*.css", "content-visibility: visible", "content-visibility: hidden")],
    ["a page without its script", "http", "a browser is a client", "a line of http_server's", replace("../www/index.html", 'src="notes.js"', "")],
    ["a page that may ask nothing", "http", "by fetch", "Failed to fetch", replace("../www/index.html", "<head>", "<head><meta http-equiv=Content-Security-Policy content=\"connect-src 'none'\">")],
    ["a button that updates nothing", "http", "its reader does so", "never happened: PUT", replace("../www/notes.js", '"PUT", path, text.value', '"GET", path')],
    ["a page that may not upgrade", "http", "upgrades a connection", "a talk over WebSocket", replace("../www/index.html", "<head>", "<head><meta http-equiv=Content-Security-Policy content=\"connect-src 'self'\">")],
    ["pale text", "axe", "axe: every page", "color-contrast", replace("en/theme/book-*.css", "--ink: light-dark(#20242e", "--ink: light-dark(#a0a4ae")],
    ["a button without a name", "axe", "axe: every page", "button-name", replace(`en/${PAGE}`, /aria-label="Search" title="Search"/, "")],
];

const run = (site, www, file, pattern) =>
    new Promise((done) => {
        const child = spawn(
            process.execPath,
            ["--test", "--test-reporter=tap", `--test-name-pattern=${pattern}`, file],
            {
                cwd: HERE,
                env: { ...process.env, SITE: site, WWW: www, PAGES: PAGE },
                timeout: LIMIT,
            },
        );
        let said = "";
        for (const stream of [child.stdout, child.stderr]) {
            stream.on("data", (data) => (said += data));
        }
        child.on("close", (code) => done({ code, said: said.replaceAll("\\#", "#") }));
    });

/** What the tests whose names fit say, if they fail. */
const complaints = (said, pattern) =>
    said
        .split(/^# Subtest: /m)
        .filter((part) => new RegExp(pattern).test(part.split("\n")[0]) && /^not ok/m.test(part))
        .join("");

const folder = mkdtempSync(path.join(tmpdir(), "site-selftest-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const wanted = process.argv.slice(2);
const left = BREAKAGES.filter(([what]) => !wanted.length || wanted.some((w) => what.includes(w)));
let failures = 0;

// What is red anyway proves nothing.
const before = (await run(SITE, WWW, "all.mjs", ".")).said;

const worker = async (number) => {
    for (let next = left.shift(); next; next = left.shift()) {
        const [what, file, pattern, message, breakIt] = next;
        const mine = path.join(folder, String(number));
        const [copy, www] = [path.join(mine, "site"), path.join(mine, "www")];
        rmSync(mine, { recursive: true, force: true });
        cpSync(SITE, copy, { recursive: true });
        cpSync(WWW, www, { recursive: true });
        breakIt(copy);
        const { code, said } = await run(copy, www, `${file}.test.mjs`, pattern);
        let fault = "";
        if (code === 0) fault = "nothing fails";
        else if (!complaints(said, pattern).includes(message)) fault = `nobody says: ${message}\n${said}`;
        else if (complaints(before, pattern).includes(message)) fault = "it was so before";
        if (fault) failures += 1;
        console.log(`${fault ? "FAIL" : "ok  "} ${what} (${file})${fault && `: ${fault}`}`);
    }
};

await Promise.all(Array.from({ length: AT_ONCE }, (_, number) => worker(number)));
if (failures) {
    console.error(`${failures} breakages go unseen`);
    process.exit(1);
}
