// Who types what a reader would type finds the right section first.
import { test } from "node:test";
import { chapters, each, EDITIONS, fileAddress, none, open, origin, until } from "./lib.mjs";
import { chinese, english } from "./queries.mjs";

const QUERIES = { en: english, zh: chinese };
const SHOWN = 20;

/** Searches, and waits until it has been said what was found. */
const ask = async (page, query) => {
    await page.evaluate(() => {
        document.querySelector("#search-status").textContent = "";
        document.querySelector("#search-results").replaceChildren();
    });
    // Nothing to do where the field has that query already.
    await page.locator("#search-field").fill("");
    await page.locator("#search-field").fill(query);
    await until(
        page,
        `an answer to ${query}`,
        () => document.querySelector("#search-status").textContent,
    );
    return page.evaluate(() => ({
        status: document.querySelector("#search-status").textContent,
        found: [...document.querySelectorAll("#search-results a")].map((link) => link.href),
    }));
};

/** Opens the search by key, on a page. */
const search = (name, options, work) =>
    open(name, options, async (page, heard) => {
        await page.keyboard.press("/");
        await page.locator("#search-field").waitFor();
        const found = await work(page);
        return [...found, ...heard.map((text) => `${name}: ${text}`)];
    });

// A page that isn't at the top: its results must lead out of its folder.
const somewhere = (edition) => chapters(3, edition).find((p) => p.path.includes("/"))?.name;
const within = (edition, href) => href.split(`/${edition}/`).at(-1);

for (const edition of Object.keys(EDITIONS)) {
    test(`the first result is the right one: ${edition}`, async (t) => {
        const problems = await search(somewhere(edition), {}, async (page) => {
            const found = [];
            for (const [query, ...expected] of QUERIES[edition]) {
                const { found: [first = "nothing"] } = await ask(page, query);
                const got = within(edition, first);
                if (!expected.includes(got)) {
                    found.push(`${edition}: ${query}: ${got}, and not ${expected.join(" or ")}`);
                }
            }
            return found;
        });
        t.diagnostic(`${QUERIES[edition].length - problems.length} of ${QUERIES[edition].length}`);
        none(problems);
    });

    test(`a page that is a file searches, too: ${edition}`, async () => {
        const name = somewhere(edition);
        none(
            await search(fileAddress(name), {}, async (page) => {
                const found = [];
                const some = QUERIES[edition].filter((_, n) => n % 9 === 0);
                for (const [query] of some) {
                    const { found: all } = await ask(page, query);
                    if (!all[0]?.startsWith("file:")) found.push(`${name}: ${query}: ${all[0]}`);
                }
                return found;
            }),
        );
    });

    test(`the number of results is said: ${edition}`, async () => {
        const name = somewhere(edition);
        none(
            await search(name, {}, async (page) => {
                const role = await page.locator("#search-status").getAttribute("role");
                const found = role === "status" ? [] : [`${name}: the number has role ${role}`];
                for (const query of ["qqqqqq", "MUST-13", "RFC 768", "TCP"]) {
                    const { status, found: all } = await ask(page, query);
                    const said = Number(status.match(/\d+/)?.[0] ?? 0);
                    const isRight = said === all.length || (said > SHOWN && all.length === SHOWN);
                    if (!isRight) found.push(`${name}: ${query}: "${status}" of ${all.length}`);
                }
                return found;
            }),
        );
    });

    test(`typing, arrows and Enter: ${edition}`, async () => {
        const name = somewhere(edition);
        const [[query]] = QUERIES[edition];
        none(
            await search(name, {}, async (page) => {
                // Letter by letter, as keys come.
                await page.keyboard.type(query);
                await until(
                    page,
                    "results",
                    () => document.querySelectorAll("#search-results a").length > 1,
                );
                const { found: links } = await ask(page, query);
                const found = [];
                const focused = () =>
                    page.evaluate(() => document.activeElement.href ?? document.activeElement.id);
                const steps = [
                    ["ArrowDown", links[0]],
                    ["ArrowDown", links[1]],
                    ["ArrowUp", links[0]],
                    ["ArrowUp", "search-field"],
                    ["ArrowUp", "search-field"],
                ];
                for (const [key, expected] of steps) {
                    await page.keyboard.press(key);
                    const at = await focused();
                    if (at !== expected) found.push(`${name}: ${key}: at ${at}, not ${expected}`);
                }
                await page.keyboard.press("Enter");
                await page.waitForURL(links[0]);
                const open = page.locator("dialog[open]");
                if (await open.count()) found.push(`${name}: Enter leaves the dialog open`);
                return found;
            }),
        );
    });

    test(`a result on the same page closes the search: ${edition}`, async () => {
        const [, section] = QUERIES[edition].find(([, section]) => section.includes("#"));
        const [query] = QUERIES[edition].find(([, first]) => first === section);
        const name = `${edition}/${section.split("#")[0]}`;
        none(
            await search(name, {}, async (page) => {
                const { found: [first] } = await ask(page, query);
                await page.keyboard.press("Enter");
                await page.waitForURL(first);
                await until(page, "closed", () => !document.querySelector("dialog[open]"));
                return [];
            }),
        );
    });

    test(`an address can hold the query: ${edition}`, async () => {
        const name = somewhere(edition);
        const [[query]] = QUERIES[edition];
        none(
            await each(["", "#run"], (hash) =>
                open(`${name}?search=${encodeURIComponent(query)}${hash}`, {}, async (page) => {
                    const first = page.locator("#search-results a").first();
                    await first.waitFor();
                    const value = await page.locator("#search-field").inputValue();
                    const href = await first.evaluate((link) => link.href);
                    const found = [];
                    if (value !== query) found.push(`${name}: the field has "${value}"`);
                    if (!href.startsWith(`${origin}/${edition}/`)) found.push(`${name}: ${href}`);
                    return found;
                }),
            ),
        );
    });
}
