// Links lead somewhere, and the picker to the same place in the other
// edition: in the files, and in the browser with and without scripts.
import { test } from "node:test";
import {
    address, chapters, each, EDITIONS, essential, facts, files, none, open, other, pages, sample, target, until,
} from "./lib.mjs";

test("every link leads to a file and a heading that exist", async () => {
    none(
        await each(files, async (name) => {
            const { links, base, policy } = await facts(name);
            const problems = links.map(async (href) => {
                const to = target(name, base, href);
                // Another site's pages are not the book's to check.
                if (!to || href.startsWith("data:")) return [];
                if (!files.includes(to.file)) {
                    const isPage = to.file.endsWith(".html");
                    return isPage ? [`${name}: ${href} leads nowhere`] : [];
                }
                const { ids } = await facts(to.file);
                const lost = to.id && !ids.includes(to.id);
                return lost ? [`${name}: ${href}: no such heading there`] : [];
            });
            return (await Promise.all(problems)).flat();
        }),
    );
});

test("the picker leads to the same page of each edition", async () => {
    none(
        await each(pages, async ({ name, edition, path }) => {
            const { picker } = await facts(name);
            const found = [];
            for (const [id, lang] of Object.entries(EDITIONS)) {
                const file = `${id}/${path}`;
                const links = picker.filter((link) => link["data-edition"] === id);
                const [link] = links;
                const to = link && target(name, null, link.href)?.file;
                if (links.length !== 1 || to !== file) {
                    found.push(`${name}: the picker's ${id} leads to ${to}, not to ${file}`);
                    continue;
                }
                if (!files.includes(file)) {
                    found.push(`${name}: there is no ${file}`);
                    continue;
                }
                const there = (await facts(file)).lang;
                if (link.hreflang !== lang || link.lang !== lang || there !== lang) {
                    found.push(`${name}: ${file}: ${link.lang}, ${link.hreflang}, ${there}`);
                }
                if ((id === edition) !== ("aria-current" in link)) {
                    found.push(`${name}: the picker marks the wrong edition`);
                }
            }
            return found;
        }),
    );
});

test("beside each heading is the way to the same one in the other edition", async () => {
    none(
        await each(pages, async ({ name, edition, path }) => {
            const { headings } = await facts(name);
            const file = `${other(edition)}/${path}`;
            if (!files.includes(file)) return [`${name}: there is no ${file}`];
            const { ids } = await facts(file);
            return headings.flatMap(({ id, beside }) => {
                const to = beside.map((link) => target(name, null, link.href));
                const isSame = to.length === 1 && to[0].file === file && to[0].id === id;
                if (!isSame) return [`${name}: beside #${id}: ${JSON.stringify(to)}`];
                if (!ids.includes(id)) return [`${name}: ${file} has no #${id}`];
                const lang = EDITIONS[other(edition)];
                const [{ hreflang, lang: own }] = beside;
                return own === lang && hreflang === lang
                    ? []
                    : [`${name}: beside #${id}: ${own}, ${hreflang}`];
            });
        }),
    );
});

// The heading stands right below the bar.
const isRead = (id) => {
    const top = document.getElementById(id)?.getBoundingClientRect().top;
    return top >= 0 && top < innerHeight / 2;
};

test("the picker carries the heading that is being read", async () => {
    none(
        await each(essential, ({ name, edition }) =>
            open(name, {}, async (page) => {
                // A heading at the end of a page may never come to the top.
                const id = await page.evaluate(() => {
                    const room = document.body.scrollHeight - innerHeight;
                    const fits = [...document.querySelectorAll("main h2[id]")].filter(
                        (h) => h.getBoundingClientRect().top + scrollY < room,
                    );
                    return fits[Math.floor(fits.length / 2)]?.id;
                });
                if (!id) return [];
                await page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
                const picker = page.locator(`.editions [data-edition=${other(edition)}]`);
                const is = (id) => {
                    const link = document.querySelector(".editions a:not([aria-current])");
                    return link.hash === `#${id}`;
                };
                await until(page, `the picker carries #${id}`, is, id).catch(async () => {
                    throw new Error(`read #${id}, picker: ${await picker.getAttribute("href")}`);
                });
                return [];
            }),
        ),
    );
});

const CHOICES = {
    "by mouse": async (page, link) => {
        const { x, y, width, height } = await link.boundingBox();
        await page.mouse.click(x + width / 2, y + height / 2);
    },
    "by key": async (page, link) => {
        await link.focus();
        await page.keyboard.press("Enter");
    },
};

for (const [how, choose] of Object.entries(CHOICES)) {
    test(`the picker, chosen ${how}, goes to that heading`, async () => {
        none(
            await each(chapters(4), ({ name, edition, path }) =>
                open(name, {}, async (page) => {
                    const id = (await facts(name)).headings[1]?.id;
                    if (!id) return [];
                    await page.evaluate((id) => document.getElementById(id).scrollIntoView(), id);
                    const leaves = page.waitForEvent("framenavigated");
                    await choose(page, page.locator(`.editions [data-edition=${other(edition)}]`));
                    await leaves;
                    const expected = address(`${other(edition)}/${path}#${id}`);
                    if (page.url() !== expected) {
                        return [`${name}: from #${id} to ${page.url()}`];
                    }
                    await until(page, `${path} opens at #${id}`, isRead, id);
                    return [];
                }),
            ),
        );
    });
}

test("without scripts the picker and the links beside headings go there", async () => {
    none(
        await each(sample(3), ({ name, edition, path }) =>
            open(name, { script: false }, async (page) => {
                const there = `/${other(edition)}/${path}`;
                const id = (await facts(name)).headings[0]?.id;
                if (id) {
                    const link = `.heading:has(#${id}) a.edition`;
                    await page.locator(link).click();
                    await page.waitForURL(new RegExp(`${there}#${id}$`));
                    await page.goBack();
                }
                await page.locator(`.editions [data-edition=${other(edition)}]`).click();
                await page.waitForURL(new RegExp(`${there}$`));
                return [];
            }),
        ),
    );
});

test("from page to page, the next ones lead through the whole edition", async () => {
    if (process.env.PAGES) return;
    none(
        await each(Object.keys(EDITIONS), async (edition) => {
            const left = new Set(pages.filter((p) => p.edition === edition).map((p) => p.name));
            let at = `${edition}/index.html`;
            while (left.delete(at)) {
                const { next } = await facts(at);
                if (!next) break;
                at = target(at, null, next).file;
            }
            return [...left].map((name) => `${name}: no other page's next`);
        }),
    );
});
