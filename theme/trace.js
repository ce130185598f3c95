// Steps through the frames of a diagram, and shows the bytes of each. The
// bytes stand below the diagram, for those who have no script.
"use strict";

{
    const make = (name, className, text = "") => {
        const made = document.createElement(name);
        made.className = className;
        made.textContent = text;
        return made;
    };

    const clear = (within, name) => {
        for (const e of within.querySelectorAll(`.${name}`)) e.classList.remove(name);
    };

    // Bytes and fields light each other up.

    const link = (bytes) => {
        const all = [];
        for (const eight of bytes.querySelectorAll(".hex > span")) {
            const own = eight.textContent.split(" ").map((text) => make("b", "", text));
            all.push(...own);
            eight.replaceChildren(...own.flatMap((byte, n) => (n ? [" ", byte] : [byte])));
        }
        const rows = [...bytes.querySelectorAll("tr[data-from]")];
        const range = ({ dataset: { from, to } }) => [Number(from), Number(to)];
        const light = (some) => {
            clear(bytes, "lit");
            for (const row of some) {
                row.classList.add("lit");
                for (const byte of all.slice(...range(row))) byte.classList.add("lit");
            }
        };
        const at = (byte) =>
            rows.filter((row) => {
                const [from, to] = range(row);
                return from <= all.indexOf(byte) && all.indexOf(byte) < to;
            });
        // One of them is reached by Tab, the others from there.
        const buttons = rows.map((row) => {
            const button = make("button", "", row.cells[1].textContent);
            button.type = "button";
            button.tabIndex = -1;
            row.cells[1].replaceChildren(button);
            return button;
        });
        const enter = (button) => {
            for (const other of buttons) other.tabIndex = other === button ? 0 : -1;
        };
        enter(buttons[0]);
        const show = ({ target }) => {
            const row = target.closest("tr[data-from]");
            const byte = target.closest("b");
            if (row) light([row]);
            else if (byte) light(at(byte));
        };
        bytes.addEventListener("mouseover", show);
        bytes.addEventListener("click", show);
        bytes.addEventListener("focusin", (event) => {
            show(event);
            if (buttons.includes(event.target)) enter(event.target);
        });
        bytes.addEventListener("keydown", (event) => {
            const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
            const next = buttons[buttons.indexOf(event.target) + step];
            if (!next) return;
            event.preventDefault();
            next.focus();
        });
    };

    const bytesOf = (source) => {
        const parts = [...source.children].slice(1).map((part) => part.cloneNode(true));
        const title = make("p", "", source.querySelector("summary").textContent);
        const bytes = make("div", "frame-bytes");
        bytes.append(title, ...parts);
        link(bytes);
        return bytes;
    };

    const animate = (figure) => {
        const words = figure.querySelector(".steps").dataset;
        const bar = figure.querySelector(".steps");
        const text = figure.nextElementSibling;
        const rows = [...text.querySelectorAll("tr[data-frame]")];
        const said = make("p", "", words.hint);
        said.setAttribute("aria-live", "polite");
        const panel = make("div", "bytes");
        let chosen = 0;

        const choose = (number) => {
            if (number < 1 || number > rows.length) return;
            chosen = number;
            figure.classList.add("stepping");
            clear(figure, "chosen");
            const frame = `[data-frame="${number}"]`;
            for (const e of figure.querySelectorAll(`svg ${frame}`)) e.classList.add("chosen");
            const [, hosts, what] = rows[number - 1].cells;
            said.textContent = words.frame
                .replace("{n}", number)
                .replace("{all}", rows.length)
                .replace("{what}", `${hosts.textContent} · ${what.textContent}`);
            panel.replaceChildren(...[...text.querySelectorAll(`.bytes${frame}`)].map(bytesOf));
            bar.after(panel);
        };

        // Keeps in view what was chosen without being pointed at: not behind
        // the bar, nor behind the buttons.
        const step = (number) => {
            choose(Math.min(Math.max(number, 1), rows.length));
            const frame = figure.querySelector("rect.chosen");
            const { top, bottom } = frame.getBoundingClientRect();
            const seen = top > 60 && bottom < innerHeight - 60;
            if (!seen) frame.scrollIntoView({ block: "center" });
        };

        const button = (label, sign, by) => {
            const made = make("button", "", sign);
            made.type = "button";
            made.setAttribute("aria-label", label);
            made.title = label;
            made.addEventListener("click", () => step(chosen + by));
            return made;
        };
        bar.setAttribute("role", "group");
        bar.setAttribute("aria-label", words.label);
        bar.append(button(words.previous, "←", -1), button(words.next, "→", 1), said);

        figure.querySelector("svg").addEventListener("click", ({ target }) => {
            const frame = target.closest("[data-frame]");
            if (frame) choose(Number(frame.dataset.frame));
        });
        const keys = {
            ArrowLeft: () => chosen - 1,
            ArrowRight: () => chosen + 1,
            Home: () => 1,
            End: () => rows.length,
        };
        figure.addEventListener("keydown", (event) => {
            if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
            if (!Object.hasOwn(keys, event.key)) return;
            // They would turn the page.
            event.preventDefault();
            event.stopPropagation();
            step(keys[event.key]());
        });
    };

    for (const figure of document.querySelectorAll("figure.trace")) animate(figure);
}
