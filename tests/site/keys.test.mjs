// Who has no mouse gets everywhere, sees where, and is never turned away.
import { test } from "node:test";
import { chapters, each, none, open, origin, pages, sample, until, WIDTHS } from "./lib.mjs";

const [WIDE, NARROW] = WIDTHS;

// Watches the focus from inside the page: a look after each key would take
// a hundred times as long.
const watchFocus = () => {
    const candidates = [
        ...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]"),
    ];
    const isShown = (e) => e.checkVisibility({ visibilityProperty: true });
    const name = (e) => {
        const text = (e.getAttribute("aria-label") ?? e.textContent).trim().replace(/\s+/g, " ");
        const label = e.id ? `#${e.id}` : [...e.classList].map((c) => `.${c}`).join("");
        return `${e.tagName.toLowerCase()}${label} "${text.slice(0, 30)}"`;
    };
    const look = (e) => {
        const s = getComputedStyle(e);
        const { boxShadow, backgroundColor, borderTopColor, color, opacity, textDecorationLine } = s;
        const outline = s.outlineStyle === "none" ? "" : `${s.outlineWidth} ${s.outlineColor}`;
        return { outline, boxShadow, backgroundColor, borderTopColor, color, opacity, textDecorationLine };
    };
    const isSeen = (before, now) => {
        const isClear = /^0px|rgba\(0, 0, 0, 0\)$/.test(now.outline);
        if (now.outline && !isClear && now.outline !== before.outline) return true;
        return Object.keys(now).some(
            (key) => key !== "outline" && key !== "opacity" && now[key] !== before[key],
        );
    };
    const expected = candidates.filter((e) => e.tabIndex >= 0 && !e.disabled && isShown(e));
    const before = new Map(expected.map((e) => [e, look(e)]));
    const found = [];
    globalThis.tabbed = { found, count: expected.length, reached: 0 };
    addEventListener("focusin", ({ target }) => {
        const at = tabbed.reached;
        tabbed.reached += 1;
        if (at >= expected.length) return;
        if (target !== expected[at]) {
            found.push(`Tab ${at + 1} reaches ${name(target)}, not ${name(expected[at])}`);
        }
        const isHidden = !target.checkVisibility({ visibilityProperty: true, opacityProperty: true });
        const { width, height } = target.getBoundingClientRect();
        if (isHidden || !width || !height) found.push(`${name(target)} has the focus and is hidden`);
        else if (!target.matches(":focus-visible") || !isSeen(before.get(target) ?? {}, look(target))) {
            found.push(`${name(target)} has the focus, and it doesn't show`);
        }
    });
    return expected.length;
};

test("Tab reaches all that can be used, in order, and shows where it is", async () => {
    const narrow = sample(2).map((p) => ({ ...p, width: NARROW }));
    const wide = [...chapters(Infinity), ...sample(0)].map((p) => ({ ...p, width: WIDE }));
    none(
        await each([...wide, ...narrow], ({ name, width }) =>
            open(name, { width }, async (page) => {
                const count = await page.evaluate(watchFocus);
                // They are done in order: no need to wait for each.
                const presses = Array.from({ length: count }, () => page.keyboard.press("Tab"));
                await Promise.all(presses);
                const { found, reached } = await page.evaluate(() => tabbed);
                if (reached < count) found.push(`${reached} of ${count} reached`);
                return found.slice(0, 3).map((text) => `${name}, ${width} px: ${text}`);
            }),
        ),
    );
});

test("what has the focus isn't covered, and the bar's buttons don't move the page", async () => {
    none(
        await each(sample(2), ({ name }) =>
            open(name, {}, async (page) => {
                const found = [];
                const links = await page.locator("main a[href]:visible, main pre > code:visible").all();
                for (const link of links.slice(0, 25).reverse()) {
                    await link.focus();
                    const covered = await link.evaluate((e) => {
                        const { bottom } = e.getBoundingClientRect();
                        return bottom <= document.querySelector(".bar").offsetHeight;
                    });
                    if (covered) found.push(`${name}: the bar covers ${await link.textContent()}`);
                }
                const middle = () => scrollTo(0, document.body.scrollHeight / 2);
                for (const button of await page.locator(".bar :is(a, button):visible").all()) {
                    await page.evaluate(() => document.activeElement.blur());
                    await page.evaluate(middle);
                    const before = await page.evaluate(() => scrollY);
                    await button.focus();
                    const after = await page.evaluate(() => scrollY);
                    const which = await button.evaluate((e) => e.id || e.textContent);
                    if (before !== after) {
                        found.push(`${name}: the focus on ${which} scrolls from ${before} to ${after}`);
                    }
                }
                return found;
            }),
        ),
    );
});

test("the skip link comes first, shows, and leads to the text", async () => {
    none(
        await each(sample(2), ({ name }) =>
            open(name, {}, async (page) => {
                await page.keyboard.press("Tab");
                const top = await page.evaluate(() => {
                    const { activeElement } = document;
                    return activeElement.matches(".skip") ? activeElement.getBoundingClientRect().top : -1;
                });
                if (top < 0) return [`${name}: the first Tab shows no skip link`];
                await page.keyboard.press("Enter");
                await page.keyboard.press("Tab");
                const isIn = await page.evaluate(() => document.activeElement.closest("main") !== null);
                return isIn ? [] : [`${name}: after the skip link, Tab doesn't reach the text`];
            }),
        ),
    );
});

const focused = (page) => page.evaluate(() => document.activeElement.id || document.activeElement.tagName);

test("the contents button hides the column and shows it, and that is remembered", async () => {
    none(
        await each(chapters(2), ({ name }) =>
            open(name, { width: WIDE }, async (page) => {
                const contents = page.locator("#contents");
                const button = page.locator("#contents-button");
                const found = [];
                const expect = async (state, expanded, when) => {
                    await contents.waitFor({ state });
                    const said = await button.getAttribute("aria-expanded");
                    if (said !== expanded) found.push(`${name}: ${when}: aria-expanded=${said}`);
                };
                await expect("visible", "true", "at first");
                await button.focus();
                await page.keyboard.press("Enter");
                await expect("hidden", "false", "after Enter");
                await page.reload();
                await expect("hidden", "false", "after a reload");
                await button.focus();
                await page.keyboard.press("Space");
                await expect("visible", "true", "after Space");
                await page.reload();
                await expect("visible", "true", "after another reload");
                return found;
            }),
        ),
    );
});

test("the contents button opens a popover on a small screen, and Esc closes it", async () => {
    none(
        await each(chapters(2), ({ name }) =>
            open(name, { width: NARROW }, async (page) => {
                const contents = page.locator("#contents");
                const found = [];
                for (const key of ["Enter", "Space"]) {
                    await page.locator("#contents-button").focus();
                    await page.keyboard.press(key);
                    await contents.waitFor();
                    await page.keyboard.press("Tab");
                    const inside = await page.evaluate(
                        () => document.activeElement.closest("#contents") !== null,
                    );
                    if (!inside) found.push(`${name}: Tab doesn't enter the open contents`);
                    await page.keyboard.press("Escape");
                    await contents.waitFor({ state: "hidden" });
                    const at = await focused(page);
                    if (at !== "contents-button") found.push(`${name}: Esc leaves the focus on ${at}`);
                }
                return found;
            }),
        ),
    );
});

test("a link to a heading of the page closes the popover", async () => {
    none(
        await each(chapters(2), ({ name }) =>
            open(name, { width: NARROW }, async (page) => {
                await page.locator("#contents-button").click();
                const link = page.locator("#contents .here a").last();
                if (!(await link.count())) return [];
                const href = await link.evaluate((a) => a.href);
                await link.click();
                await page.waitForURL(href);
                const isShown = await page.locator("#contents").isVisible();
                return isShown ? [`${name}: the contents stay open over the text`] : [];
            }),
        ),
    );
});

test("/ and s open the search, Esc closes it, and the focus returns", async () => {
    none(
        await each(chapters(2), ({ name }) =>
            open(name, {}, async (page) => {
                const found = [];
                const dialog = page.locator("#search");
                const open = {
                    "/": () => page.keyboard.press("/"),
                    "s": () => page.keyboard.press("s"),
                    "the button": () => page.keyboard.press("Enter"),
                };
                for (const [how, show] of Object.entries(open)) {
                    for (const text of ["", "TCP"]) {
                        await page.locator("#search-button").focus();
                        await show();
                        await dialog.waitFor();
                        if ((await focused(page)) !== "search-field") {
                            found.push(`${name}: ${how}: the focus is on ${await focused(page)}`);
                        }
                        await page.locator("#search-field").fill("");
                        await page.keyboard.type(text);
                        await page.keyboard.press("Escape");
                        const isOpen = await page.evaluate(async () => {
                            await new Promise(requestAnimationFrame);
                            return document.querySelector("#search").open;
                        });
                        if (isOpen) {
                            found.push(`${name}: ${how}: Esc with "${text}" typed leaves the search open`);
                            await page.evaluate(() => document.querySelector("#search").close());
                        }
                        if ((await focused(page)) !== "search-button") {
                            found.push(`${name}: ${how}: afterwards the focus is on ${await focused(page)}`);
                        }
                    }
                }
                return found;
            }),
        ),
    );
});

test("? shows the keys, Esc and the button hide them, and the focus returns", async () => {
    none(
        await each(chapters(2), ({ name }) =>
            open(name, {}, async (page) => {
                const found = [];
                const help = page.locator("#help");
                for (const hide of [
                    () => page.keyboard.press("Escape"),
                    () => help.locator("button").click(),
                    () => help.locator("button").press("Enter"),
                ]) {
                    await page.locator("#theme-button").focus();
                    await page.keyboard.press("?");
                    await help.waitFor();
                    await hide();
                    await help.waitFor({ state: "hidden" });
                    const at = await focused(page);
                    if (at !== "theme-button") found.push(`${name}: afterwards the focus is on ${at}`);
                }
                return found;
            }),
        ),
    );
});

// Says which way a key would have turned the page, and keeps it here.
const watchTurns = () => {
    globalThis.turns = [];
    document.addEventListener(
        "click",
        (event) => {
            const link = event.target.closest(".turn a");
            if (!link) return;
            event.preventDefault();
            turns.push(link.rel);
        },
        true,
    );
};
const turnsBy = async (page, key) => {
    await page.evaluate(() => (turns.length = 0));
    await page.keyboard.press(key);
    return page.evaluate(() => turns.join());
};

test("arrows turn the page, but not where they mean something else", async () => {
    const middles = chapters(Infinity).filter((p) => p.path.includes("/"));
    none(
        await each(middles.slice(0, 2).concat(middles.slice(-1)), ({ name }) =>
            open(name, {}, async (page) => {
                await page.evaluate(watchTurns);
                const found = [];
                const expect = async (where, key, expected) => {
                    const turned = await turnsBy(page, key);
                    if (turned !== expected) {
                        found.push(`${name}: ${key} ${where} turns to "${turned}", not "${expected}"`);
                    }
                };
                const keys = { ArrowLeft: "prev", ArrowRight: "next" };
                for (const [key, rel] of Object.entries(keys)) {
                    await expect("on the page", key, rel);
                    await expect("on the page", `Control+${key}`, "");
                    await page.locator("#theme-button").focus();
                    await expect("on a button", key, rel);
                    await page.locator("main pre > code:visible").first().focus();
                    await expect("in a code block", key, "");
                    await page.evaluate(() => document.activeElement.blur());
                    await page.keyboard.press("/");
                    await page.keyboard.type("TCP");
                    await expect("in the search field", key, "");
                    await page.locator("#search button").focus();
                    await expect("in the search", key, "");
                    await page.locator("#search button").press("Enter");
                    await page.locator("#search").waitFor({ state: "hidden" });
                    await page.keyboard.press("?");
                    await page.locator("#help").waitFor();
                    await expect("in the help", key, "");
                    await page.locator("#help button").press("Enter");
                    await page.locator("#help").waitFor({ state: "hidden" });
                }
                return found;
            }),
        ),
    );
});

test("arrows really turn the page", async () => {
    const there = chapters(Infinity).find((p) => p.path.includes("/"));
    none(
        await open(there.name, {}, async (page) => {
            const next = await page.locator('.turn [rel="next"]').evaluate((link) => link.href);
            await page.keyboard.press("ArrowRight");
            await page.waitForURL(next);
            await page.keyboard.press("ArrowLeft");
            await page.waitForURL(`${origin}/${there.name}`);
            return [];
        }),
    );
});

test("the theme button works by key, says so, and is remembered", async () => {
    const cases = chapters(1).flatMap((p) => [false, true].map((dark) => ({ ...p, dark })));
    none(
        await each(cases, ({ name, dark }) =>
            open(name, { dark }, async (page) => {
                const found = [];
                const button = page.locator("#theme-button");
                const expect = async (isDark, when) => {
                    const [pressed, scheme] = await page.evaluate(() => [
                        document.querySelector("#theme-button").getAttribute("aria-pressed"),
                        getComputedStyle(document.documentElement).colorScheme,
                    ]);
                    const seen = scheme === "light dark" ? dark : scheme === "dark";
                    if (pressed !== String(isDark) || seen !== isDark) {
                        const system = dark ? "dark" : "light";
                        found.push(`${name}, ${system} system: ${when}: pressed=${pressed}, ${scheme}`);
                    }
                };
                await expect(dark, "at first");
                for (const key of ["Enter", "Space"]) {
                    await button.focus();
                    await page.keyboard.press(key);
                    const now = key === "Enter" ? !dark : dark;
                    await expect(now, `after ${key}`);
                    await page.reload();
                    await expect(now, `after ${key} and a reload`);
                }
                return found;
            }),
        ),
    );
});

test("the copy button copies commands without prompts and outputs, and code whole", async () => {
    const permissions = ["clipboard-read", "clipboard-write"];
    // The clipboard is one: page after page.
    for (const { name } of sample(3)) {
        none(
            await open(name, { permissions }, async (page) => {
                await page.evaluate(() => {
                    for (const details of document.querySelectorAll("details")) details.open = true;
                });
                const found = [];
                for (const block of await page.locator("main pre:has(> code)").all()) {
                    const code = block.locator("code");
                    const text = await code.evaluate((code) => code.textContent);
                    const isConsole = await code.evaluate((c) => c.matches(".language-console"));
                    const commands = text.split("\n").filter((line) => line.startsWith("$ "));
                    const expected = isConsole
                        ? commands.map((line) => line.slice(2)).join("\n")
                        : text;
                    await page.evaluate(() => navigator.clipboard.writeText("nothing"));
                    await block.hover();
                    await block.locator(".copy").click();
                    await until(
                        page,
                        "something is copied",
                        async () => (await navigator.clipboard.readText()) !== "nothing",
                    );
                    const copied = await page.evaluate(() => navigator.clipboard.readText());
                    if (copied !== expected) found.push(`${name}: "${copied}", not "${expected}"`);
                }
                return found;
            }),
        );
    }
});
