// What search engines and browsers are told, and what no page may hold.
import { existsSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { each, EDITIONS, facts, files, none, pages, SITE, target, wholes } from "./lib.mjs";

const exists = (file) => existsSync(path.join(SITE, file));

// Printed for an address, links to other editions start with it.
const prefix = (name, canonical) => {
    if (!URL.canParse(canonical ?? "")) return "http://site/";
    return canonical.endsWith(name) ? canonical.slice(0, -name.length) : null;
};
const leadsTo = (name, href, start) => {
    if (!URL.canParse(href)) return target(name, null, href)?.file;
    return href.startsWith(start) ? href.slice(start.length) : href;
};

test("every page says which it is, and which it is in other languages", async () => {
    none(
        await each(pages, async ({ name, edition, path }) => {
            const { lang, title, canonical, alternates } = await facts(name);
            const found = [];
            const say = (text) => found.push(`${name}: ${text}`);
            if (lang !== EDITIONS[edition]) say(`lang is ${lang}`);
            if (!title.trim()) say("no title");
            const start = prefix(name, canonical);
            if (!canonical || leadsTo(name, canonical, start) !== name) {
                say(`the canonical address is ${canonical}`);
            }
            const expected = Object.entries(EDITIONS).map(([id, hreflang]) => [
                hreflang,
                `${id}/${path}`,
            ]);
            for (const [hreflang, file] of [...expected, ["x-default", path]]) {
                const links = alternates.filter((link) => link.hreflang === hreflang);
                const to = links.map((link) => leadsTo(name, link.href, start));
                if (to.join() !== file || !exists(file)) {
                    say(`hreflang ${hreflang} leads to ${to.join() || "nothing"}, not to ${file}`);
                }
            }
            if (alternates.length !== expected.length + 1) {
                say(`${alternates.length} links with hreflang`);
            }
            return found;
        }),
    );
});

test("every page has a description and a title of its own", async () => {
    const seen = new Map();
    const problems = await each(pages, async ({ name, edition }) => {
        const { description, title } = await facts(name);
        if (!description?.trim()) return [`${name}: no description`];
        return Object.entries({ description, title }).flatMap(([what, text]) => {
            const key = `${edition} ${what} ${text}`;
            const first = seen.get(key) ?? name;
            seen.set(key, first);
            return first === name ? [] : [`${name}: the ${what} of ${first}: ${text}`];
        });
    });
    none(problems);
});

test("the whole book has the language of its edition", async () => {
    none(
        await each(wholes, async ({ name, edition }) => {
            const { lang } = await facts(name);
            return lang === EDITIONS[edition] ? [] : [`${name}: lang is ${lang}`];
        }),
    );
});

test("every file has a policy, and nothing that it refuses", async () => {
    none(
        await each(files, async (name) => {
            const { policy, lang, inline } = await facts(name);
            const found = inline.map((tag) => `${name}: ${tag}`);
            if (!/default-src 'none'/.test(policy)) found.push(`${name}: the policy is ${policy}`);
            if (/unsafe|\*/.test(policy)) found.push(`${name}: the policy allows ${policy}`);
            if (!lang) found.push(`${name}: no lang`);
            return found;
        }),
    );
});
