// Without scripts all is there to be read, and nothing that needs one.
import { test } from "node:test";
import { each, essential, none, open, sample, WIDTHS, wholes } from "./lib.mjs";

const look = () => {
    const all = (selector) => [...document.querySelectorAll(selector)];
    const isShown = (e) => e.checkVisibility({ opacityProperty: true, visibilityProperty: true });
    const hidden = (selector) => all(selector).filter((e) => !isShown(e)).length;
    // What a closed answer holds is a click away.
    const text = all("main > :not(details)").filter((e) => e.textContent.trim());
    return {
        text: text.length,
        hiddenText: text.filter((e) => !isShown(e)).length,
        hiddenCode: hidden("main pre > code:not(details:not([open]) *)"),
        hiddenSummaries: hidden("main summary:not(details details *)"),
        editions: all(".editions a:not([aria-current])").filter(isShown).length,
        besides: hidden(".heading .edition"),
        scripted: all("#search-button, #theme-button, .scripted, .copy, dialog").filter(isShown).map((e) => e.id || e.className),
        contents: all("#contents a").filter(isShown).length,
        button: all("#contents-button").filter(isShown).length,
        isWide: innerWidth > 1000,
    };
};

test("everything is there to be read, and nothing that needs a script", async () => {
    none(
        await each([...essential, ...wholes], ({ name }) =>
            open(name, { script: false }, async (page) => {
                const found = [];
                for (const width of WIDTHS) {
                    await page.setViewportSize({ width, height: 800 });
                    const see = await page.evaluate(look);
                    const say = (text) => found.push(`${name}, ${width} px: ${text}`);
                    if (!see.text) say("no text");
                    if (see.hiddenText) say(`${see.hiddenText} hidden parts of the text`);
                    if (see.hiddenCode) say(`${see.hiddenCode} hidden code blocks`);
                    if (see.hiddenSummaries) say(`${see.hiddenSummaries} hidden summaries`);
                    if (see.editions !== 1) say("no way to the other edition");
                    if (see.besides) say(`${see.besides} hidden links beside headings`);
                    if (see.scripted.length) say(`for scripts only: ${see.scripted}`);
                    if (see.isWide && !see.contents) say("no contents");
                    if (!see.isWide && !see.button) say("no button for the contents");
                }
                // An answer opens.
                const details = page.locator("main details:not([open])").first();
                if (await details.count()) {
                    const answer = await details.elementHandle();
                    await details.locator("summary").first().click();
                    const hidden = await answer.evaluate(
                        (e) => !e.querySelector(":scope > :not(summary)").checkVisibility(),
                    );
                    if (hidden) found.push(`${name}: an answer stays closed`);
                }
                return found;
            }),
        ),
    );
});

test("the contents open and lead on", async () => {
    none(
        await each(sample(2), ({ name }) =>
            open(name, { width: Math.min(...WIDTHS), script: false }, async (page) => {
                const contents = page.locator("#contents");
                await page.locator("#contents-button").click();
                await contents.waitFor();
                await page.keyboard.press("Escape");
                await contents.waitFor({ state: "hidden" });
                await page.locator("#contents-button").press("Enter");
                await contents.waitFor();
                const link = contents.locator("a:not([aria-current]):not([href^='#'])").last();
                const href = await link.evaluate((a) => a.href);
                await link.click();
                await page.waitForURL(href);
                return [];
            }),
        ),
    );
});
