"use strict";
// What was installed is the browser. This came with the page.
const find = (selector) => document.querySelector(selector);
find("#agent").textContent = navigator.userAgent;

/** Sends a request, says what the server made of it, and shows all notes. */
async function ask(method, path, body) {
    const { status, statusText } = await fetch(path, { method, body });
    find("[role=status]").textContent = `${method} ${path}: ${status} ${statusText}`;
    await show();
}

async function show() {
    const names = (await (await fetch("/notes")).text()).split("\n").filter(Boolean);
    const items = names.map(async (name) => {
        const path = `/notes/${name}`;
        const text = document.createElement("input");
        text.value = await (await fetch(path)).text();
        text.ariaLabel = path;
        const item = document.createElement("li");
        item.append(
            text,
            button("update", () => ask("PUT", path, text.value)),
            button("delete", () => ask("DELETE", path)),
        );
        return item;
    });
    find("ul").replaceChildren(...(await Promise.all(items)));
}

function button(name, action) {
    const button = document.createElement("button");
    button.textContent = name;
    button.addEventListener("click", action);
    return button;
}

find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    ask("POST", "/notes", find("form input").value);
    event.target.reset();
});
show();
