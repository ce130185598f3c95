// Traces: stepped through by buttons, keys and pointer, byte by byte; and all
// of it there for those who have no script. Needs a book that shows a trace.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { address, each, facts, none, open, pages, SITE, target, traced, tracedOnce, unfold, until, WIDTHS } from "./lib.mjs";

const SMALLEST = 10;
const SCRIPT = 6000;

test("there are pages with traces, in every edition", () => {
    const editions = new Set(pages.map((p) => p.edition));
    const missing = [...editions].filter((id) => !traced.some((p) => p.edition === id));
    none(missing.map((id) => `no page of ${id} has a trace`));
});

/** What a figure shows just now. */
const look = (n) => {
    const figure = document.querySelectorAll("figure.trace")[n];
    const numbers = (selector) => [
        ...new Set([...figure.querySelectorAll(selector)].map((e) => e.dataset.frame)),
    ];
    const rect = figure.querySelector("rect.chosen")?.getBoundingClientRect();
    const said = figure.querySelector("[aria-live]");
    return {
        said: said?.textContent ?? "nothing",
        chosen: numbers("svg .chosen").join(),
        lines: figure.querySelectorAll(".arrow.chosen line").length,
        bytes: figure.querySelectorAll(".bytes .hex b").length,
        fields: figure.querySelectorAll(".bytes tr[data-from]").length,
        frames: numbers("svg [data-frame]").length,
        inView: rect ? rect.top >= 0 && rect.bottom <= innerHeight : false,
    };
};

/** What is wrong unless that frame is the chosen one. */
const expectFrame = async (page, n, number, how) => {
    const see = await page.evaluate(look, n);
    const found = [];
    const said = see.said.match(/\d+/g) ?? [];
    if (see.chosen !== String(number)) found.push(`${how}: frame ${see.chosen || "none"} is chosen, not ${number}`);
    if (Number(said[0]) !== number || Number(said[1]) !== see.frames) {
        found.push(`${how}: it says "${see.said}", not ${number} of ${see.frames}`);
    }
    if (!see.said.includes("→")) found.push(`${how}: it doesn't say from where to where`);
    if (!see.lines) found.push(`${how}: no arrow stands out`);
    if (see.bytes < 14 || !see.fields) found.push(`${how}: ${see.bytes} bytes and ${see.fields} fields`);
    if (!see.inView) found.push(`${how}: the frame is out of view`);
    return found;
};

/** Does `work` for each figure of the pages with traces. */
const figures = (options, work) =>
    each(tracedOnce, ({ name }) =>
        open(name, options, async (page, heard) => {
            await unfold(page);
            const found = [];
            const count = await page.locator("figure.trace").count();
            for (let n = 0; n < count; n += 1) {
                const wrong = await work(page, page.locator("figure.trace").nth(n), n);
                found.push(...wrong.map((text) => `${name}, trace ${n + 1}: ${text}`));
            }
            return [...found, ...heard.map((text) => `${name}: ${text}`)];
        }),
    );

test("buttons and keys step through the frames", async () => {
    none(
        await figures({}, async (page, figure, n) => {
            const buttons = figure.locator(".steps button");
            if ((await buttons.count()) !== 2) return [`${await buttons.count()} buttons`];
            const { frames } = await page.evaluate(look, n);
            // Where a key would lead: the page stays.
            await page.evaluate(() => {
                globalThis.turned = "";
                addEventListener("click", (event) => {
                    const link = event.target.closest(".turn a");
                    if (!link) return;
                    event.preventDefault();
                    turned = link.href;
                });
            });
            const found = [];
            const expect = async (number, how) => {
                const right = Math.min(number, frames);
                found.push(...(await expectFrame(page, n, right, how)));
            };
            await buttons.last().click();
            await expect(1, "the next button");
            await buttons.last().click();
            await expect(2, "the next button again");
            await buttons.first().click();
            await expect(1, "the previous button");
            await buttons.first().click();
            await expect(1, "the previous button at the start");
            await page.keyboard.press("ArrowRight");
            await expect(2, "ArrowRight");
            await page.keyboard.press("ArrowLeft");
            await expect(1, "ArrowLeft");
            await page.keyboard.press("ArrowLeft");
            await expect(1, "ArrowLeft at the start");
            await page.keyboard.press("End");
            await expect(frames, "End");
            await page.keyboard.press("ArrowRight");
            await expect(frames, "ArrowRight at the end");
            await page.keyboard.press("Home");
            await expect(1, "Home");
            const turned = await page.evaluate(() => globalThis.turned);
            if (turned) found.push(`a key turns the page to ${turned}`);
            return found;
        }),
    );
});

test("the keys of the site still work", async () => {
    none(
        await each(traced.slice(0, 2), ({ name }) =>
            open(name, {}, async (page) => {
                await page.locator("figure.trace .steps button").first().focus();
                await page.keyboard.press("/");
                await page.locator("#search").waitFor();
                await page.keyboard.press("Escape");
                await page.locator("#search").waitFor({ state: "hidden" });
                const next = page.locator('.turn [rel="next"]');
                if (!(await next.count())) return [];
                const href = await next.evaluate((link) => link.href);
                await page.evaluate(() => document.activeElement.blur());
                await page.keyboard.press("ArrowRight");
                await page.waitForURL(href);
                return [];
            }),
        ),
    );
});

test("a frame is chosen where it is drawn", async () => {
    none(
        await figures({}, async (page, figure, n) => {
            const { frames } = await page.evaluate(look, n);
            // In its middle, be that a letter or the space between two.
            const label = figure.locator(`svg text.label[data-frame="${frames}"]`).first();
            await label.evaluate((e) => e.scrollIntoView({ block: "center" }));
            const { x, y, width, height } = await label.boundingBox();
            await page.mouse.click(x + width / 2, y + height / 2);
            return expectFrame(page, n, frames, "a click on the last frame");
        }),
    );
});

/** Which bytes are lit, and which fields. */
const lit = (figure) =>
    figure.evaluate((e) => ({
        bytes: [...e.querySelectorAll(".frame-bytes:first-child .hex b")].flatMap((b, n) =>
            b.classList.contains("lit") ? [n] : [],
        ),
        rows: [...e.querySelectorAll(".frame-bytes:first-child tr[data-from]")].flatMap((row, n) =>
            row.classList.contains("lit") ? [n] : [],
        ),
    }));

test("bytes and fields light each other up", async () => {
    none(
        await figures({}, async (page, figure) => {
            const found = [];
            const expect = async (how, bytes, row) => {
                const see = await lit(figure);
                if (see.bytes.join() !== bytes.join()) found.push(`${how} lights bytes ${see.bytes}, not ${bytes}`);
                if (!see.rows.includes(row)) found.push(`${how} lights fields ${see.rows}, not ${row}`);
            };
            await figure.locator(".steps button").last().click();
            const rows = figure.locator(".frame-bytes:first-child tr[data-from]");
            const bytes = figure.locator(".frame-bytes:first-child .hex b");
            // The source's address, and what is in the frame.
            await rows.nth(1).hover();
            await expect("the source's row", [6, 7, 8, 9, 10, 11], 1);
            await bytes.nth(12).hover();
            await expect("byte 12", [12, 13], 2);
            await bytes.nth(0).click();
            await expect("a tap on byte 0", [0, 1, 2, 3, 4, 5], 0);
            await rows.nth(0).locator("button").focus();
            await page.keyboard.press("ArrowDown");
            await expect("ArrowDown", [6, 7, 8, 9, 10, 11], 1);
            await page.keyboard.press("ArrowUp");
            await expect("ArrowUp", [0, 1, 2, 3, 4, 5], 0);
            // One stop of Tab for all of them.
            const stops = await rows.locator('button[tabindex="0"]').count();
            if (stops !== 1) found.push(`${stops} fields are reached by Tab`);
            return found;
        }),
    );
});

test("what was recorded can be downloaded, and kept", async () => {
    none(
        await each(traced, async ({ name }) => {
            const { base, recordings, traces } = await facts(name);
            const found = [];
            if (recordings.length !== traces) {
                found.push(`${name}: ${recordings.length} downloads of ${traces} traces`);
            }
            for (const href of new Set(recordings)) {
                const { file } = target(name, base, href);
                const response = await fetch(address(file));
                const body = Buffer.from(await response.arrayBuffer());
                const is = body.subarray(0, 4).toString("hex");
                if (!response.ok || is !== "0a0d0d0a") {
                    found.push(`${name}: ${href}: status ${response.status}, starts with ${is}`);
                }
                if (!existsSync(path.join(SITE, file))) found.push(`${name}: there is no ${file}`);
            }
            return found;
        }),
    );
});

test("without a script, a table says it all", async () => {
    none(
        await figures({ script: false }, async (page, figure) => {
            const found = [];
            if (await figure.locator(".steps").isVisible()) found.push("shows what needs a script");
            const text = figure.locator("xpath=following-sibling::*[1]");
            await text.locator("summary").first().click();
            const see = await text.evaluate((e) => ({
                rows: [...e.querySelectorAll(":scope > table tr[data-frame]")].map((r) => r.textContent),
                bytes: e.querySelectorAll(".bytes").length,
                isShown: e.querySelector(":scope > table")?.checkVisibility(),
            }));
            const frames = await figure.evaluate(
                (e) => new Set([...e.querySelectorAll("svg rect.frame")].map((r) => r.dataset.frame)).size,
            );
            if (!see.isShown) found.push("no table");
            if (see.rows.length !== frames) found.push(`${see.rows.length} rows for ${frames} frames`);
            if (see.bytes < frames) found.push(`the bytes of ${see.bytes} of ${frames} frames`);
            const first = text.locator(".bytes").first();
            await first.locator("summary").click();
            if (!(await first.locator(".hex").isVisible())) found.push("no bytes");
            if (!(await first.locator("table td").first().isVisible())) found.push("no fields");
            return found;
        }),
    );
});

/** Texts that touch, stick out, or are too small to be read; and a figure
 * that is too wide. */
const crowded = (smallest) => {
    const found = [];
    const root = document.documentElement;
    if (root.scrollWidth > root.clientWidth) found.push(`the page scrolls sideways: ${root.scrollWidth} px`);
    for (const svg of document.querySelectorAll("figure.trace svg")) {
        const own = svg.getBoundingClientRect();
        if (own.width > 621) found.push(`${own.width} px wide`);
        const scale = own.width / svg.viewBox.baseVal.width;
        const texts = [...svg.querySelectorAll("text")].map((text) => {
            const { x, y, width, height } = text.getBBox();
            // Letters take less room than their line does.
            return { text: text.textContent, x, y: y + height * 0.25, right: x + width, bottom: y + height * 0.85 };
        });
        for (const span of svg.querySelectorAll("text, tspan")) {
            const size = Number.parseFloat(getComputedStyle(span).fontSize) * scale;
            if (size < smallest && !span.querySelector("tspan")) {
                found.push(`"${span.textContent}" is ${size.toFixed(1)} px high`);
            }
        }
        const { width, height } = svg.viewBox.baseVal;
        texts.forEach((a, n) => {
            if (a.x < 0 || a.right > width || a.y < 0 || a.bottom > height) found.push(`"${a.text}" is cut`);
            for (const b of texts.slice(0, n)) {
                const apart = a.right <= b.x || b.right <= a.x || a.bottom <= b.y || b.bottom <= a.y;
                if (!apart) found.push(`"${a.text}" touches "${b.text}"`);
            }
        });
    }
    return found;
};

test("diagrams can be read, wide and narrow", async () => {
    none(
        await each(traced, ({ name }) =>
            open(name, {}, async (page) => {
                await unfold(page);
                const found = [];
                const look = async () => {
                    for (const width of WIDTHS) {
                        await page.setViewportSize({ width, height: 800 });
                        const crowds = await page.evaluate(crowded, SMALLEST);
                        found.push(...crowds.map((text) => `${name}, ${width} px: ${text}`));
                    }
                };
                await look();
                for (const button of await page.locator("figure.trace .steps button:last-of-type").all()) {
                    await button.click();
                }
                await until(page, "bytes", () => document.querySelector("figure.trace .bytes .hex b"));
                await look();
                return found;
            }),
        ),
    );
});

test(`their script weighs ${SCRIPT / 1000} KB at most, and other pages don't load it`, async () => {
    none(
        await each(pages, async ({ name }) => {
            const { links } = await facts(name);
            const scripts = links.filter((href) => /(^|\/)trace-\w+\.js$/.test(href));
            const has = traced.some((p) => p.name === name);
            if (scripts.length !== (has ? 1 : 0)) return [`${name}: loads ${scripts.length} of their scripts`];
            return scripts.flatMap((href) => {
                const file = path.join(SITE, path.dirname(name), href);
                const size = gzipSync(readFileSync(file)).length;
                return size > SCRIPT ? [`${name}: ${size} bytes`] : [];
            });
        }),
    );
});
