// Every page as it arrives: nothing foreign, nothing refused, nothing too
// wide, little to load, and nothing that jumps.
import { test } from "node:test";
import { address, each, EDITIONS, none, open, pages, wholes, WIDTHS } from "./lib.mjs";

const KILOBYTES = 90;
const REQUESTS = 20;
const SHIFT = 0.01;
const SIDEWAYS = 1 / 3;

/** What is wider than the page, or wider than what holds it. */
const tooWide = () => {
    const width = document.documentElement.clientWidth;
    const [found, holders] = [[], []];
    const name = (e) => {
        const text = e.textContent.trim().replace(/\s+/g, " ").slice(0, 30);
        const label = e.id ? `#${e.id}` : [...e.classList].map((c) => `.${c}`).join("");
        return `${e.tagName.toLowerCase()}${label} "${text}"`;
    };
    if (document.scrollingElement.scrollWidth > width) {
        found.push(`scrolls sideways: ${document.scrollingElement.scrollWidth} px`);
    }
    const scrolls = (e) => getComputedStyle(e).overflowX !== "visible";
    for (const element of document.body.querySelectorAll(":not(pre *, svg *)")) {
        if (!element.checkVisibility()) continue;
        const { left, right } = element.getBoundingClientRect();
        let holder = element.parentElement;
        while (holder && !scrolls(holder)) holder = holder.parentElement;
        if (!holder && (left < -1 || right > width + 1)) {
            found.push(`${name(element)} sticks out: ${Math.round(left)} to ${Math.round(right)} px`);
        }
        // An inline element has no width of its own.
        const more = element.scrollWidth - element.clientWidth;
        if (element.clientWidth && more > 1 && !scrolls(element)) {
            holders.push(`${name(element)} holds what is ${more} px too wide`);
        }
    }
    // Who sticks out is to blame, and named first.
    return [...found, ...holders];
};

const sidewaysCode = () => {
    const blocks = [...document.querySelectorAll("pre > code")];
    return [blocks.filter((b) => b.scrollWidth > b.clientWidth).length, blocks.length];
};

const frames = () =>
    new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));

const scroll = async (page) => {
    await page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: "instant" }));
    await page.evaluate(frames);
};

/** All that can be found out in one visit. */
const visit = (name, width) =>
    open("about:blank", { width }, async (page, heard) => {
        const session = await page.context().newCDPSession(page);
        await session.send("Network.enable");
        await session.send("Network.setCacheDisabled", { cacheDisabled: true });
        let [bytes, requests] = [0, 0];
        session.on("Network.responseReceived", () => (requests += 1));
        session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
        await page.goto(address(name));
        await scroll(page);
        const { shift, jumps, violations } = await page.evaluate(() => seen);
        await page.evaluate(() => {
            for (const details of document.querySelectorAll("details")) details.open = true;
        });
        const looks = [];
        for (const at of WIDTHS) {
            await page.setViewportSize({ width: at, height: 800 });
            const wide = await page.evaluate(tooWide);
            looks.push({ name, width: at, wide, code: await page.evaluate(sidewaysCode) });
        }
        await session.detach();
        return {
            name,
            width,
            bytes,
            requests,
            shift,
            jumps,
            heard: [...heard, ...violations.map((text) => `refused by the policy: ${text}`)],
            looks,
        };
    });

const visits = [];
// The editions of a page differ in their words: one arrives wide, the other
// narrow, and then both are looked at either way. The variable EVERY=1 has
// each arrive twice.
const widths = (p) =>
    process.env.EVERY ? WIDTHS : [WIDTHS[Object.keys(EDITIONS).indexOf(p.edition)]];
const isWhole = ({ name }) => name.endsWith("/print.html");
const cases = [...pages, ...wholes].flatMap((p) => widths(p).map((width) => ({ ...p, width })));
const looks = () => visits.flatMap((v) => v.looks);
const where = ({ name, width }) => `${name}, ${width} px`;

test("every page loads, wide and narrow", async () => {
    none(
        await each(cases, async ({ name, width }) => {
            visits.push(await visit(name, width));
        }),
    );
});

test("no page asks another host, and no browser complains", () => {
    none(visits.flatMap((v) => v.heard.map((text) => `${where(v)}: ${text}`)));
});

test("no page is wider than its window", () => {
    none(looks().flatMap((v) => v.wide.slice(0, 3).map((text) => `${where(v)}: ${text}`)));
});

test("a third of the code blocks at most scroll sideways on a small screen", (t) => {
    const narrow = looks().filter((v) => v.width === Math.min(...WIDTHS) && !isWhole(v));
    const sum = (n) => narrow.reduce((total, v) => total + v.code[n], 0);
    t.diagnostic(`${sum(0)} of ${sum(1)} code blocks scroll sideways`);
    const worst = narrow.filter((v) => v.code[0]).sort((a, b) => b.code[0] - a.code[0]);
    const listed = worst.map((v) => `${where(v)}: ${v.code[0]} of ${v.code[1]} code blocks`);
    none(sum(0) > SIDEWAYS * sum(1) ? listed : []);
});

test(`a page weighs ${KILOBYTES} KB at most, and takes ${REQUESTS} requests`, (t) => {
    const chapters = visits.filter((v) => !isWhole(v)).sort((a, b) => b.bytes - a.bytes);
    const weight = (v) => `${(v.bytes / 1000).toFixed(1)} KB in ${v.requests} requests`;
    for (const v of chapters.slice(0, 3)) t.diagnostic(`${where(v)}: ${weight(v)}`);
    none(
        chapters
            .filter((v) => v.bytes > KILOBYTES * 1000 || v.requests > REQUESTS || !v.bytes)
            .map((v) => `${where(v)}: too heavy, ${weight(v)}`),
    );
});

const jumpy = (visits) =>
    visits
        .filter((v) => v.shift > SHIFT)
        .map((v) => `${where(v)}: layout shift ${v.shift.toFixed(3)}: ${v.jumps[0]}`);

test(`nothing jumps: a layout shift of ${SHIFT} at most`, () => {
    none(jumpy(visits));
});

test("nothing jumps on a slow line, either", async () => {
    // What is painted early may have to move.
    const step = Math.ceil(pages.length / 32);
    const slow = pages.filter((_, n) => n % step === 0).map(({ name }) => ({ name: `${name}?slow` }));
    none(await each(slow, async ({ name }) => jumpy([await visit(name, Math.max(...WIDTHS))])));
});
