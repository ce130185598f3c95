// What the tests share: a browser, and a way to say what is wrong with which
// page.
import { readFileSync } from "node:fs";
import path from "node:path";
import { after } from "node:test";
import { pathToFileURL } from "node:url";
import { chromium } from "playwright-core";
import { chromiumPath, FLAGS, serve, SITE, stop } from "./site.mjs";

export * from "./site.mjs";

const AT_ONCE = 4;
// How long a step, loading (the whole book is one page), and all of a page's
// steps may take.
const STEP = 10_000;
const LOAD = 60_000;
const PAGE = 300_000;

export const { origin, close: closeServer } = await serve(SITE);
const browser = await chromium
    .launch({ executablePath: chromiumPath(), args: FLAGS })
    .catch((why) => stop(`Chromium does not start: ${why.message}`));
after(async () => {
    await browser.close();
    await closeServer();
});

export const address = (name) => `${origin}/${name}`;
export const fileAddress = (name) => pathToFileURL(path.join(SITE, name)).href;

/** What every page is watched for, from its first moment. */
const watch = () => {
    globalThis.seen = { violations: [], shift: 0, jumps: [] };
    document.addEventListener("securitypolicyviolation", (event) => {
        const { violatedDirective, blockedURI, sample } = event;
        seen.violations.push(`${violatedDirective} ${blockedURI} ${sample}`);
    });
    new PerformanceObserver((list) => {
        for (const { value, sources } of list.getEntries()) {
            seen.shift += value;
            for (const { node, previousRect: from, currentRect: to } of sources) {
                const name = node?.id || node?.className || node?.nodeName;
                const at = ({ x, y }) => `${Math.round(x)}, ${Math.round(y)}`;
                seen.jumps.push(`${name} from ${at(from)} to ${at(to)}`);
            }
        }
    }).observe({ type: "layout-shift", buffered: true });
};

// A context costs more than a page's tests: those that were used without an
// accident are used again.
const idle = new Map();

const take = async (options) => {
    const key = JSON.stringify(options);
    const kept = idle.get(key)?.pop();
    if (kept) return { key, page: kept };
    const context = await browser.newContext({ reducedMotion: "reduce", ...options });
    context.setDefaultTimeout(STEP);
    context.setDefaultNavigationTimeout(LOAD);
    await context.addInitScript(watch);
    return { key, page: await context.newPage() };
};

const giveBack = async (key, page) => {
    page.removeAllListeners();
    if (page.url().startsWith(origin)) await page.evaluate(() => localStorage.clear());
    idle.set(key, [...(idle.get(key) ?? []), page]);
};

const listen = (page, heard) => {
    page.on("pageerror", (error) => heard.push(`error: ${error.message}`));
    page.on("console", (message) => {
        if (["error", "warning"].includes(message.type())) {
            heard.push(`console: ${message.text()}`);
        }
    });
    page.on("request", (request) => {
        const own = [`${origin}/`, "file:", "data:", "about:"];
        if (!own.some((start) => request.url().startsWith(start))) {
            heard.push(`request to another host: ${request.url()}`);
        }
    });
    page.on("response", (response) => {
        if (response.status() >= 400) heard.push(`${response.status()}: ${response.url()}`);
    });
};

/**
 * Opens a page, a name or an address, for a reader who was never here before,
 * and does `work(page, heard)`. `heard` collects what the browser complains of.
 */
export const open = async (name, options, work) => {
    const { width = 1280, dark = false, script = true, ...rest } = options;
    const { key, page } = await take({ javaScriptEnabled: script, ...rest });
    try {
        await page.setViewportSize({ width, height: 800 });
        await page.emulateMedia({ colorScheme: dark ? "dark" : "light", media: "screen" });
        const heard = [];
        listen(page, heard);
        await page.goto(/^[a-z]+:/.test(name) ? name : address(name));
        const result = await work(page, heard);
        await giveBack(key, page);
        return result;
    } catch (why) {
        await page.context().close();
        throw why;
    }
};

/** Fails if `promise` takes too long. */
export const within = async (limit, what, promise) => {
    let timer;
    const late = new Promise((_, failed) => {
        const why = new Error(`not done after ${limit / 1000} s: ${what}`);
        timer = setTimeout(() => failed(why), limit);
    });
    try {
        return await Promise.race([promise, late]);
    } finally {
        clearTimeout(timer);
    }
};

/** Waits until `condition`, which runs in the page, is true. */
export const until = async (page, what, condition, argument) => {
    try {
        await page.waitForFunction(condition, argument);
    } catch (why) {
        throw new Error(`never happened: ${what} (${why.message.split("\n")[0]})`);
    }
};

/** Opens what has a trace in it: an exercise's answer may. */
export const unfold = (page) =>
    page.evaluate(() => {
        for (const details of document.querySelectorAll("details:has(figure.trace)")) {
            details.open = true;
        }
    });

// What is wrong

// Playwright tells all that it has tried.
const short = (message) =>
    message.replace(/\u001b\[\d+m/g, "").split("\n").slice(0, 3).join(" ").replace("Call log: ", "");

/**
 * Does `work` for each item, some at once. Each call returns what is wrong, a
 * list of texts, and so does `each`. What it throws is wrong, too.
 */
export const each = async (items, work) => {
    const problems = items.map(() => []);
    let next = 0;
    const worker = async () => {
        while (next < items.length) {
            const mine = next++;
            const item = items[mine];
            const name = item.name ?? String(item);
            try {
                problems[mine] = (await within(PAGE, name, work(item))) ?? [];
            } catch (why) {
                problems[mine] = [`${name}: ${short(why.message)}`];
            }
        }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
    return problems.flat();
};

const MOST = 40;

/** Fails unless nothing is wrong: with a line for each problem. */
export const none = (problems) => {
    if (!problems.length) return;
    const lines = [...new Set(problems)];
    const shown = lines.slice(0, MOST).map((line) => `  ${line}`);
    if (lines.length > MOST) shown.push(`  and ${lines.length - MOST} more`);
    const error = new Error(`${lines.length} wrong:\n${shown.join("\n")}`);
    // The problems say where; the stack would only say: in this test.
    error.stack = error.message;
    throw error;
};

// What stands in a file

const readPage = (html) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const all = (selector) => [...page.querySelectorAll(selector)];
    const get = (selector, name) => page.querySelector(selector)?.getAttribute(name) ?? null;
    const own = (element) =>
        Object.fromEntries([...element.attributes].map((a) => [a.name, a.value]));
    const tag = (element) => element.outerHTML.slice(0, element.outerHTML.indexOf(">") + 1);
    return {
        lang: get("html", "lang"),
        title: page.title,
        base: get("base", "href"),
        description: get("meta[name=description]", "content"),
        notFound: page.querySelector("main > h1:not([id]) + p")?.textContent ?? null,
        policy: get("meta[http-equiv=Content-Security-Policy]", "content"),
        canonical: get("link[rel=canonical]", "href"),
        alternates: all("link[rel=alternate][hreflang]").map(own),
        ids: all("[id]").map((element) => element.id),
        links: all("[href]:not(base), [src]").map((e) => e.getAttribute("href") ?? e.getAttribute("src")),
        picker: all(".editions a").map(own),
        traces: all("figure.trace").length,
        recordings: all("figure.trace a[download]").map((a) => a.getAttribute("href")),
        next: get('.turn [rel="next"]', "href"),
        headings: all("main h2[id]").map(({ id, parentElement }) => ({
            id,
            beside: [...parentElement.querySelectorAll("a.edition")].map(own),
        })),
        inline: [
            ...all("style, [style], script:not([src])").map(tag),
            ...all("*")
                .filter((e) => [...e.attributes].some((a) => /^on/i.test(a.name)))
                .map(tag),
        ],
    };
};

const read = new Map();
let reader;
/** What stands in an HTML file, as a browser reads it. */
export const facts = async (name) => {
    reader ??= browser.newPage();
    if (!read.has(name)) {
        const html = readFileSync(path.join(SITE, name), "utf8");
        read.set(name, (await reader).evaluate(readPage, html));
    }
    return read.get(name);
};

/** Where a link of a file leads: a file of the site, and a fragment. */
export const target = (name, base, href) => {
    const root = "http://site/";
    // The folder of the host that the site was printed for isn't here.
    const start = base?.replace(/^.*(?=\/[^/]+\/$)/, "") ?? "";
    const url = new URL(href, new URL(start, root + name));
    if (url.origin !== "http://site") return null;
    const file = decodeURIComponent(url.pathname.slice(1));
    return {
        file: file === "" || file.endsWith("/") ? `${file}index.html` : file,
        id: decodeURIComponent(url.hash.slice(1)),
    };
};
