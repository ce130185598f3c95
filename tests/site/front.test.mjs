// The pages without a language lead to the reader's, and an address that
// leads nowhere says so.
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import {
    address, each, EDITIONS, facts, fileAddress, files, forks, none, open, origin, pages, SITE,
    target,
} from "./lib.mjs";

const [first] = Object.keys(EDITIONS);
const READERS = [
    ["zh-CN", "zh"],
    ["zh-TW", "zh"],
    ["en-US", "en"],
    ["en", "en"],
    ["fr-FR", first],
];
// For a redirect, in milliseconds: Playwright would wait for 30 seconds.
const WAIT = 10_000;
// A page in a folder, whose root page has to climb.
const deep = (pages.find((p) => p.path.includes("/") && !p.path.startsWith("listings")) ?? pages[0]).path;

/** Opens a root page: where it must lead is `there`. */
const arrives = (name, locale, there) =>
    open(name, { locale }, async (page, heard) => {
        await page.waitForURL(there, { timeout: WAIT }).catch(() => {});
        const is = page.url();
        const found = is === there ? [] : [`${name}, ${locale}: at ${is}, not ${there}`];
        return [...found, ...heard.map((text) => `${name}, ${locale}: ${text}`)];
    });

test("there is a page without a language for every page", () => {
    const expected = new Set(
        files.filter((f) => f.split("/")[0] in EDITIONS).map((f) => f.split("/").slice(1).join("/")),
    );
    expected.delete("404.html");
    none([
        ...[...expected].filter((f) => !forks.includes(f)).map((f) => `there is no ${f}`),
        ...forks.filter((f) => !expected.has(f)).map((f) => `${f} leads to no page`),
    ]);
});

test("it offers every edition to readers without scripts", async () => {
    none(
        await each(forks, async (name) => {
            const { links } = await facts(name);
            const to = links.map((href) => target(name, null, href)?.file);
            return Object.keys(EDITIONS)
                .map((edition) => `${edition}/${name}`)
                .filter((file) => !to.includes(file) || !files.includes(file))
                .map((file) => `${name}: no link to ${file}`);
        }),
    );
    none(
        await open(deep, { script: false }, async (page) => {
            await page.locator("a[hreflang=zh-CN]").click();
            await page.waitForURL(address(`zh/${deep}`));
            return [];
        }),
    );
});

test("it leads to the reader's language, whatever else stands in the address", async () => {
    const tops = READERS.map(([locale, edition]) => ["", "index.html", locale, edition]);
    const rests = [READERS[0], READERS.at(-1)].flatMap(([locale, edition]) =>
        ["index.html", deep, `${deep}?search=TCP#run`, `${deep}#run`].map((to) => [
            to,
            to,
            locale,
            edition,
        ]),
    );
    none(
        await each([...tops, ...rests], ([from, to, locale, edition]) =>
            arrives(address(from), locale, address(`${edition}/${to}`)),
        ),
    );
});

test("it does so for files, too", async () => {
    none(
        await each([READERS[0], READERS.at(-1)], ([locale, edition]) =>
            arrives(
                `${fileAddress(deep)}#run`,
                locale,
                `${fileAddress(`${edition}/${deep}`)}#run`,
            ),
        ),
    );
});

test("the edition that a reader has chosen wins", async () => {
    none(
        await open(`en/${deep}`, { locale: "en-US" }, async (page) => {
            await page.locator(".editions [data-edition=zh]").click();
            await page.waitForURL((url) => url.pathname === `/zh/${deep}`);
            await page.goto(`${origin}/`);
            await page.waitForURL(address("zh/index.html"));
            await page.locator(".editions [data-edition=en]").click();
            await page.waitForURL((url) => url.pathname === "/en/index.html");
            await page.goto(address(deep));
            await page.waitForURL(address(`en/${deep}`));
            return [];
        }),
    );
});

test("an address that leads nowhere gets the 404 page, with its style and links", async () => {
    const { base } = await facts("404.html");
    // Printed for a folder of a host, the page can't be tried at this one's top.
    const prefix = base.slice(0, -`${first}/`.length);
    const lost = ["nowhere.html", "en/tcp/nowhere/at/all.html", "zh/tcp/nowhere.html"];
    none(
        await each(lost, (name) =>
            open(name, {}, async (page) => {
                const found = [];
                const response = await page.request.get(address(name));
                if (response.status() !== 404) found.push(`${name}: status ${response.status()}`);
                if (prefix !== "/") return found;
                const styled = await page.locator(".bar").evaluate((bar) => getComputedStyle(bar).display);
                if (styled !== "flex") found.push(`${name}: has no style`);
                const hrefs = await page.evaluate(() =>
                    [...document.querySelectorAll("a[href]")]
                        .filter((link) => !link.matches(".skip"))
                        .map((link) => link.href),
                );
                for (const href of hrefs) {
                    const file = target("", null, new URL(href).pathname)?.file;
                    if (!files.includes(file)) found.push(`${name}: ${href} leads nowhere`);
                }
                const skip = await page.evaluate(() => document.querySelector(".skip")?.href);
                if (skip && skip !== `${address(name)}#content`) {
                    found.push(`${name}: the skip link leads to ${skip}`);
                }
                await page.locator(".editions [data-edition=zh]").click();
                await page.waitForURL((url) => url.pathname === "/zh/index.html");
                return found;
            }),
        ),
    );
});

test("the 404 page at the top is the first edition's", () => {
    const read = (name) => readFileSync(path.join(SITE, name), "utf8");
    none(read("404.html") === read(`${first}/404.html`) ? [] : ["404.html differs"]);
});
