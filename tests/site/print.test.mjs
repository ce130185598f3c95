// On paper: the answers are there, the bar is not, and what was dark is light.
import { test } from "node:test";
import { each, none, open, sample, wholes } from "./lib.mjs";

const SCREEN_ONLY = ".bar, .skip, .turn, #contents, .heading .edition, .copy, dialog, .steps";

const look = (screenOnly) => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const isShown = (e) => e.checkVisibility({ contentVisibilityAuto: true });
    const light = (colour) => {
        const [r, g, b] = colour.match(/[\d.]+/g).map(Number);
        return (r * 299 + g * 587 + b * 114) / 255000;
    };
    const texts = all("main p, main h1, main li, main td, main summary, pre > code, pre > code span");
    const pale = texts.filter((e) => light(getComputedStyle(e).color) > 0.6);
    return {
        screen: all(screenOnly).filter(isShown).map((e) => e.id || e.className),
        // The bytes of a trace are for those who step through it.
        answers: all("main details > :not(summary, .bytes, .bytes > *)").filter((e) => {
            return !isShown(e) || !e.getBoundingClientRect().height;
        }).length,
        pale: pale.length,
        texts: texts.length,
        paper: light(getComputedStyle(document.documentElement).backgroundColor),
        wide: document.scrollingElement.scrollWidth - document.documentElement.clientWidth,
    };
};

const THEMES = { light: null, navy: "navy" };

test("printed pages show all of the text and none of the interface", async () => {
    const cases = [...wholes, ...sample(3)].flatMap(({ name }) =>
        Object.keys(THEMES).map((theme) => ({ name, theme })),
    );
    none(
        await each(cases, ({ name, theme }) =>
            // As wide as the text on a sheet of A4.
            open(name, { width: 658 }, async (page) => {
                const chosen = THEMES[theme];
                if (chosen) {
                    await page.evaluate((chosen) => localStorage.setItem("theme", chosen), chosen);
                    await page.reload();
                }
                await page.emulateMedia({ media: "print" });
                const see = await page.evaluate(look, SCREEN_ONLY);
                const found = [];
                if (see.screen.length) found.push(`shows ${see.screen}`);
                if (see.answers) found.push(`${see.answers} parts of answers are hidden`);
                if (see.pale) found.push(`${see.pale} of ${see.texts} texts are pale`);
                if (see.paper < 0.99) found.push("the paper is not white");
                if (see.wide > 0) found.push(`${see.wide} px too wide`);
                return found.map((text) => `${name}, ${theme}, printed: ${text}`);
            }),
        ),
    );
});

test("the whole book holds every answer open", async () => {
    none(
        await each(wholes, ({ name }) =>
            open(name, {}, async (page) => {
                const closed = await page.locator("main details:not([open])").count();
                return closed ? [`${name}: ${closed} closed answers`] : [];
            }),
        ),
    );
});
