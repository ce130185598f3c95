// No page breaks a rule of axe: in either theme, wide and narrow, and with
// everything open that can be opened.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { test } from "node:test";
import { each, essential, none, open, sample, tracedOnce, unfold, until, wholes, WIDTHS } from "./lib.mjs";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// What depends on the theme.
const COLOURS = ["color-contrast", "link-in-text-block"];
const OPEN = "dialog[open], :popover-open";

// A token of code differs from the next in nothing but its text, and a frame's
// bytes from the next frame's: axe gets one of each kind, and no thousands.
const thin = () => {
    const kept = new Set();
    for (const token of document.querySelectorAll("pre > code span")) {
        const kind = `${token.className} in ${token.parentElement.className}`;
        if (kept.has(kind)) token.replaceWith(token.textContent);
        kept.add(kind);
    }
    for (const code of document.querySelectorAll("pre > code")) code.normalize();
    for (const bytes of document.querySelectorAll(".bytes ~ .bytes:not(.trace .bytes)")) bytes.remove();
};

const load = async (page) => {
    await page.evaluate(AXE);
    await page.evaluate(thin);
};

/** What axe finds: in all of the page or within a selector, by some rules or
 *  without some. */
const audit = async (page, where, { within, rules, without = [] } = {}) => {
    const violations = await page.evaluate(
        async ([within, rules, without]) => {
            const context = document.querySelector(within) ?? document;
            const options = {
                resultTypes: ["violations"],
                preload: false,
                rules: { "target-size": { enabled: true } },
            };
            if (rules) options.runOnly = rules;
            for (const rule of without) options.rules[rule] = { enabled: false };
            const found = await axe.run(context, options);
            return found.violations.map(({ id, nodes }) => {
                const { target, any, all, none } = nodes[0];
                const why = [...any, ...all, ...none][0]?.message ?? "";
                return { id, count: nodes.length, target: target.join(" "), why };
            });
        },
        [within ?? "html", rules, without],
    );
    return violations.map(({ id, count, target, why }) => {
        const more = count > 1 ? ` and ${count - 1} more` : "";
        return `${where}: ${id} at ${target}${more}: ${why}`;
    });
};

/** What axe finds in both themes. */
const auditThemes = async (page, where, within) => {
    await page.emulateMedia({ colorScheme: "light" });
    const light = await audit(page, `${where}, light`);
    await page.emulateMedia({ colorScheme: "dark" });
    const navy = await audit(page, `${where}, navy`, { within, rules: COLOURS });
    return [...light, ...navy];
};

// Every colour of the page, to compare.
const colours = (page) =>
    page.evaluate(() =>
        [document.documentElement, ...document.body.querySelectorAll("*")].map((element) => {
            const style = getComputedStyle(element);
            const { color, backgroundColor, borderTopColor, fill, stroke } = style;
            const name = element.tagName.toLowerCase();
            return [name, color, backgroundColor, borderTopColor, fill, stroke].join(" ");
        }),
    );

/** The button's themes are the system's: audited once, they hold twice. */
const compareThemes = async (page, name) => {
    const opposite = { light: "dark", dark: "light" };
    const bySystem = {};
    for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: theme });
        bySystem[theme] = await colours(page);
    }
    const found = [];
    if (bySystem.light.join() === bySystem.dark.join()) {
        found.push(`${name}: light and navy are the same`);
    }
    for (const theme of ["light", "dark"]) {
        await page.emulateMedia({ colorScheme: opposite[theme] });
        await page.evaluate(() => {
            document.documentElement.classList.remove("light", "navy");
            document.querySelector("#theme-button").click();
        });
        const byButton = await colours(page);
        const at = byButton.findIndex((colour, n) => colour !== bySystem[theme][n]);
        if (at >= 0) {
            found.push(
                `${name}: ${theme} by the button on a ${opposite[theme]} system has ` +
                    `${byButton[at]}, ${theme} by the system ${bySystem[theme][at]}`,
            );
        }
    }
    return found;
};

const auditPage = (name) =>
    open(name, {}, async (page) => {
        await load(page);
        const found = [];
        for (const [n, width] of WIDTHS.entries()) {
            await page.setViewportSize({ width, height: 800 });
            const where = `${name}, ${width} px`;
            // What a theme makes of a text doesn't depend on the width.
            const violations = n ? audit(page, where, { without: COLOURS }) : auditThemes(page, where);
            found.push(...(await violations));
        }
        return [...found, ...(await compareThemes(page, name))];
    });

test("axe: every page", async () => {
    none(await each(essential, ({ name }) => auditPage(name)));
});

test("axe: the pages for what isn't there", async () => {
    none(await each(["404.html", "en/404.html", "zh/404.html"], auditPage));
});

test("axe: the whole book on one page", async () => {
    none(
        await each(wholes, ({ name }) =>
            open(name, {}, async (page) => {
                await load(page);
                // Its colours and sizes are those of the pages it consists of.
                await page.evaluate((rules) => {
                    const off = rules.map((id) => ({ id, enabled: false }));
                    axe.configure({ rules: off });
                }, COLOURS);
                return audit(page, name);
            }),
        ),
    );
});

const OPENED = {
    "the search's results": async (page) => {
        await page.locator("#search-button").click();
        await page.locator("#search-field").fill("TCP");
        await until(page, "results", () => document.querySelector("#search-results a"));
        await page.keyboard.press("ArrowDown");
    },
    "the search without results": async (page) => {
        await page.locator("#search-button").click();
        await page.locator("#search-field").fill("qqqqqq");
        await until(page, "a status", () => document.querySelector("#search-status").textContent);
        await until(page, "no results", () => !document.querySelector("#search-results a"));
    },
    "the help": async (page) => {
        await page.keyboard.press("?");
        await page.locator("#help").waitFor();
    },
    "the contents": async (page) => {
        const contents = page.locator("#contents");
        if (!(await contents.isVisible())) await page.locator("#contents-button").click();
        await contents.waitFor();
    },
};

test("axe: with everything open that can be opened", async () => {
    const cases = sample(1).flatMap(({ name }) => WIDTHS.map((width) => ({ name, width })));
    none(
        await each(cases, ({ name, width }) =>
            open(name, { width }, async (page) => {
                await load(page);
                await page.evaluate(() => {
                    for (const details of document.querySelectorAll("details")) details.open = true;
                });
                const found = await auditThemes(page, `${name}, answers open, ${width} px`);
                for (const [what, show] of Object.entries(OPENED)) {
                    await show(page);
                    const where = `${name}, ${what} open, ${width} px`;
                    found.push(...(await auditThemes(page, where, OPEN)));
                    await page.evaluate((open) => {
                        for (const shown of document.querySelectorAll(open)) {
                            if (shown.popover) shown.hidePopover();
                            else shown.close();
                        }
                    }, OPEN);
                }
                return found;
            }),
        ),
    );
});

test("axe: with a frame of a trace chosen, and all of it open", async () => {
    const cases = tracedOnce.map(({ name }, n) => ({ name, width: WIDTHS[n % WIDTHS.length] }));
    none(
        await each(cases, ({ name, width }) =>
            open(name, { width }, async (page) => {
                await unfold(page);
                for (const button of await page.locator(".trace .steps button:last-of-type").all()) {
                    await button.click();
                }
                await page.locator(".trace .hex b").first().click();
                // What scrolls below the bar at the top is covered by it, and no fault.
                await page.evaluate(() => scrollTo({ top: 0, behavior: "instant" }));
                await load(page);
                await page.evaluate(() => {
                    for (const details of document.querySelectorAll("details")) details.open = true;
                });
                return auditThemes(page, `${name}, a frame chosen, ${width} px`, ".trace, .exchange");
            }),
        ),
    );
});
