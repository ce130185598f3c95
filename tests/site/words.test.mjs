// Every word that the book's authors did not write stands in the language of
// the edition.
import { test } from "node:test";
import { chapters, each, essential, facts, none, open, pages, until, wholes } from "./lib.mjs";

const HAN = /\p{Script=Han}/u;
// Names of keys and of things that have one name everywhere.
const NAMES = /^(English|简体中文|Esc|Enter|PDF|EPUB|Rust|[/?s←→↑↓]|[\d\s.,:›…–—·-]*)$/u;

/**
 * The texts of the interface, with the place of each. What authors wrote is
 * left out: the text, and titles where they are repeated.
 */
const collect = () => {
    const authored =
        "main, #contents li a, #contents li.part, .bar .book, .turn strong, #search-results";
    const inMain = "main button, main .copy, main .edition, main .blockquote-tag-title";
    const texts = [];
    const name = (e) => {
        const label = e.id ? `#${e.id}` : [...e.classList].map((c) => `.${c}`).join("");
        return `${e.tagName.toLowerCase()}${label}`;
    };
    const add = (e, what, text) => {
        // A name in its own language.
        const named = e.closest("[lang]:not(html)");
        if (text.trim() && !named) texts.push([`${name(e)}${what}`, text.trim()]);
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const e = walker.currentNode.parentElement;
        if (!e.closest(authored) || e.closest(inMain)) add(e, "", walker.currentNode.textContent);
    }
    for (const attribute of ["aria-label", "title", "placeholder", "alt", "aria-description"]) {
        for (const e of document.querySelectorAll(`[${attribute}]`)) {
            add(e, ` ${attribute}`, e.getAttribute(attribute));
        }
    }
    return texts;
};

const isRight = (edition, text) =>
    NAMES.test(text) || (edition === "zh" ? HAN.test(text) : !HAN.test(text));

const check = async (page, name, edition) =>
    (await page.evaluate(collect))
        .filter(([, text]) => !isRight(edition, text))
        .map(([place, text]) => `${name}: ${place}: "${text}"`);

const isSaid = (wanted) => Boolean(document.querySelector("#search-status").textContent) === wanted;

const notFound = ["en", "zh"].map((edition) => ({ name: `${edition}/404.html`, edition }));

test("every word of the interface is in the edition's language", async () => {
    none(
        await each([...essential, ...wholes, ...notFound], ({ name, edition }) =>
            open(name, {}, (page) => check(page, name, edition)),
        ),
    );
});

test("and so are titles and descriptions", async () => {
    const chinese = [...pages, ...wholes, ...notFound].filter((p) => p.edition === "zh");
    none(
        await each(chinese, async ({ name }) => {
            const { title, description, notFound } = await facts(name);
            return [title, description, notFound]
                .filter((text) => text && !HAN.test(text))
                .map((text) => `${name}: "${text}"`);
        }),
    );
});

test("what the search and the copy button say, too", async () => {
    const permissions = ["clipboard-read", "clipboard-write"];
    none(
        await each(["en", "zh"].flatMap((edition) => chapters(1, edition)), ({ name, edition }) =>
            open(name, { permissions }, async (page) => {
                const found = [];
                const copy = page.locator(".copy").first();
                if (await copy.count()) {
                    const before = await copy.textContent();
                    await copy.click();
                    const changed = (text) =>
                        document.querySelector(".copy").textContent !== text;
                    await until(page, "copied", changed, before);
                    found.push(...(await check(page, `${name}, copied`, edition)));
                }
                await page.locator("#search-button").click();
                // Nothing, one place, many.
                for (const query of ["qqqqqq", "0x5eed", "TCP"]) {
                    await page.locator("#search-field").fill(query);
                    await until(page, "a status", isSaid, true);
                    found.push(...(await check(page, `${name}, search ${query}`, edition)));
                    await page.locator("#search-field").fill("");
                    await until(page, "no status", isSaid, false);
                }
                return found;
            }),
        ),
    );
});
