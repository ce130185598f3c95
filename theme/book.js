// What the pages do beyond being read. Without it, nothing is missing but
// search, copying and the choice of a theme.
"use strict";

const root = document.documentElement;
const words = document.body.dataset;
const find = (selector) => document.querySelector(selector);

const remember = (key, value) => {
    try {
        if (value === null) localStorage.removeItem(key);
        else localStorage.setItem(key, value);
    } catch {
        // It holds for this page, then.
    }
};

const element = (name, className, text) => {
    const made = document.createElement(name);
    made.className = className;
    made.textContent = text;
    return made;
};

// The theme: the system's, until the reader wants the other one.

const themeButton = find("#theme-button");
const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

const isDark = () =>
    root.classList.contains("navy") ||
    (systemIsDark.matches && !root.classList.contains("light"));

const showTheme = () => {
    themeButton.setAttribute("aria-pressed", String(isDark()));
};

themeButton.addEventListener("click", () => {
    const dark = !isDark();
    root.classList.remove("light", "navy");
    const own = dark === systemIsDark.matches ? null : dark ? "navy" : "light";
    if (own) root.classList.add(own);
    remember("theme", own);
    showTheme();
});
systemIsDark.addEventListener("change", showTheme);
showTheme();

// The contents: a popover on a small screen, a column on a wide one.

const contents = find("#contents");
const contentsButton = find("#contents-button");
const isWide = matchMedia("(min-width: 68rem)");

const showContents = () => {
    if (isWide.matches) {
        if (contents.matches(":popover-open")) contents.hidePopover();
        const hidden = root.classList.contains("without-contents");
        contentsButton.setAttribute("aria-expanded", String(!hidden));
        contentsButton.removeAttribute("popovertarget");
    } else {
        contentsButton.removeAttribute("aria-expanded");
        contentsButton.setAttribute("popovertarget", "contents");
    }
};

contentsButton.setAttribute("aria-controls", "contents");
contentsButton.addEventListener("click", () => {
    if (!isWide.matches) return;
    const hidden = root.classList.toggle("without-contents");
    remember("contents", hidden ? "hidden" : null);
    showContents();
});
isWide.addEventListener("change", showContents);
showContents();

const current = contents.querySelector("[aria-current]");
const showCurrent = () => {
    if (!current) return;
    contents.scrollTop = current.offsetTop - contents.clientHeight / 3;
};
contents.addEventListener("toggle", showCurrent);
contents.addEventListener("click", (event) => {
    // A section of this very page is behind what is open.
    const open = contents.matches(":popover-open");
    if (open && event.target.closest("a")) contents.hidePopover();
});
showCurrent();

// The picker leads to the heading that is being read.

const editions = [...document.querySelectorAll(".editions a")];
const headings = [...document.querySelectorAll("main .heading > [id]")];

const pointEditions = () => {
    const top = find(".bar").offsetHeight + 32;
    const read = headings.filter((h) => h.getBoundingClientRect().top < top);
    const id = read.length > 1 ? read.at(-1).id : "";
    for (const edition of editions) edition.hash = id;
};

let pointing = 0;
addEventListener(
    "scroll",
    () => {
        cancelAnimationFrame(pointing);
        pointing = requestAnimationFrame(pointEditions);
    },
    { passive: true },
);
for (const edition of editions) {
    // Whoever chose an edition gets it at the front door, too.
    edition.addEventListener("click", () => {
        pointEditions();
        remember("edition", edition.dataset.edition);
    });
}
pointEditions();

// Code: copied without prompts and outputs.

const copyable = (code) =>
    code.classList.contains("language-console")
        ? [...code.querySelectorAll(".prompt")]
              .map((prompt) => prompt.nextSibling.textContent.split("\n")[0])
              .join("\n")
        : code.textContent;

if (navigator.clipboard) {
    for (const code of document.querySelectorAll("main pre > code")) {
        const button = element("button", "copy", words.copy);
        button.type = "button";
        button.addEventListener("click", async () => {
            await navigator.clipboard.writeText(copyable(code));
            button.textContent = words.copied;
            button.classList.add("done");
            setTimeout(() => {
                button.textContent = words.copy;
                button.classList.remove("done");
            }, 1500);
        });
        code.parentElement.append(button);
    }
}

// Search: the sections that fit best, by `search` of search.js.

const dialog = find("#search");
const field = find("#search-field");
const status = find("#search-status");
const results = find("#search-results");

const load = (src) =>
    new Promise((done, failed) => {
        const script = document.createElement("script");
        script.src = src;
        script.onload = done;
        script.onerror = failed;
        document.head.append(script);
    });

let loaded;
const loadSearch = () => {
    loaded ??= load(words.searchScript).then(() => load(words.searchIndex));
    return loaded;
};

const result = ({ href, where, text }) => {
    const link = element("a", "", "");
    link.href = words.toRoot + href;
    link.append(element("span", "where", where), element("span", "text", ""));
    for (const [part, marked] of text) {
        link.lastChild.append(marked ? element("mark", "", part) : part);
    }
    // A result on this very page loads nothing: the dialog must go.
    link.addEventListener("click", () => dialog.close());
    const item = document.createElement("li");
    item.append(link);
    return item;
};

const showResults = async () => {
    const query = field.value.trim();
    await loadSearch();
    if (query !== field.value.trim()) return;
    const found = query ? globalThis.search(query) : [];
    results.replaceChildren(...found.map(result));
    const few = [words.foundNone, words.foundOne];
    const said = few[found.length] ?? words.foundMany;
    status.textContent = query ? said.replace("{n}", found.length) : "";
};

const openSearch = () => {
    loadSearch();
    dialog.showModal();
    field.select();
};

find("#search-button").addEventListener("click", openSearch);
field.addEventListener("input", showResults);
field.addEventListener("keydown", (event) => {
    // While an input method is composing, Enter ends the composition.
    if (event.key !== "Enter" || event.isComposing) return;
    event.preventDefault();
    results.querySelector("a")?.click();
});
dialog.addEventListener("keydown", (event) => {
    // In a search field it would only empty the field.
    if (event.key === "Escape" && !event.isComposing) dialog.close();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || event.isComposing) return;
    event.preventDefault();
    const places = [field, ...results.querySelectorAll("a")];
    places[places.indexOf(document.activeElement) + step]?.focus();
});
const asked = new URLSearchParams(location.search).get("search");
if (asked) {
    openSearch();
    field.value = asked;
    showResults();
}

// Keys

const help = find("#help");
const turn = (rel) => find(`.turn [rel="${rel}"]`)?.click();
const keys = {
    ArrowLeft: () => turn("prev"),
    ArrowRight: () => turn("next"),
    "/": openSearch,
    s: openSearch,
    "?": () => help.showModal(),
};

addEventListener("keydown", (event) => {
    const { key, target } = event;
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) {
        return;
    }
    if (find("dialog[open], :popover-open")) return;
    // There the arrows have a meaning of their own.
    const scrolls = target.closest?.("pre, .table-wrapper");
    if (scrolls && key.startsWith("Arrow")) return;
    if (!Object.hasOwn(keys, key)) return;
    event.preventDefault();
    keys[key]();
});
