// A browser is a client of the book's own HTTP server: it loads its page, and
// creates, reads, updates and deletes from there.
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { none, open, stop, until, within } from "./lib.mjs";

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const BUILT = path.resolve(ROOT, process.env.CARGO_TARGET_DIR ?? "target", "debug");
const WWW = process.env.WWW ?? path.join(ROOT, "listings/architecture/www");
const LIMIT = 10_000;

/**
 * Starts a program of the book's, and does `work(address, line)` meanwhile.
 * `line()` is the next line that it prints.
 */
const serving = async (name, options, work) => {
    const program = path.join(BUILT, name);
    if (!existsSync(program)) {
        stop(`There is no ${program}.\nBuild it with \`cargo build -p architecture\`.`);
    }
    const child = spawn(program, ["--listen", "127.0.0.1:0", ...options]);
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async () =>
        (await within(LIMIT, `a line of ${name}'s`, lines.next())).value ?? "";
    try {
        const [, address] = /^listening on \w+:\/\/(.*)$/.exec(await line()) ?? [];
        return await work(address, line);
    } finally {
        child.kill();
    }
};

const site = (work) =>
    serving("http_server", ["--root", WWW], (address, line) =>
        open(`http://${address}/`, {}, (page) => work(page, line)),
    );

test("a browser is a client, and says which", async (t) => {
    none(
        await site(async (page, line) => {
            const agent = await page.evaluate(() => navigator.userAgent);
            const asked = [await line(), await line(), await line()];
            t.diagnostic(`User-Agent: ${agent}`);
            const found = ["/", "/notes.js", "/notes"]
                .map((name) => `GET ${name} 200 ${agent}`)
                .filter((entry) => !asked.includes(entry))
                .map((entry) => `not in ${JSON.stringify(asked)}: ${entry}`);
            // What they all say, whoever makes them: RFC 9110 §10.1.5 asks for less.
            if (!agent.startsWith("Mozilla/5.0 (")) found.push(`the browser says it is ${agent}`);
            return found;
        }),
    );
});

test("a page creates, reads, updates and deletes by fetch", async () => {
    none(
        await site(async (page) => {
            const work = page.evaluate(async () => {
                const done = [];
                for (const [method, path, body] of [
                    ["POST", "/notes", "milk"],
                    ["GET", "/notes/1"],
                    ["PUT", "/notes/tea", "绿茶"],
                    ["PUT", "/notes/tea", "红茶"],
                    ["GET", "/notes/tea"],
                    ["HEAD", "/notes/tea"],
                    ["GET", "/notes"],
                    ["DELETE", "/notes/tea"],
                    ["DELETE", "/notes/tea"],
                    ["DELETE", "/"],
                    ["BREW", "/notes/tea"],
                ]) {
                    const response = await fetch(path, { method, body });
                    const text = response.ok ? await response.text() : "";
                    done.push(`${method} ${path}: ${response.status} ${text}`.trim());
                }
                return done.join("\n");
            });
            const done = await within(LIMIT, "requests by fetch", work);
            const expected = [
                "POST /notes: 201",
                "GET /notes/1: 200 milk",
                "PUT /notes/tea: 201",
                "PUT /notes/tea: 204",
                "GET /notes/tea: 200 红茶",
                "HEAD /notes/tea: 200",
                "GET /notes: 200 1\ntea",
                "DELETE /notes/tea: 204",
                "DELETE /notes/tea: 404",
                "DELETE /: 405",
                "BREW /notes/tea: 501",
            ].join("\n");
            return done === expected ? [] : [done];
        }),
    );
});

test("its reader does so, too, with the script that came with it", async () => {
    none(
        await site(async (page) => {
            const status = (text) =>
                until(page, text, (it) => document.querySelector("[role=status]").textContent === it, text);
            const notes = () => page.locator("li input").evaluateAll((all) => all.map((it) => it.value));
            const found = [];
            const expect = async (...expected) => {
                const seen = JSON.stringify(await notes());
                if (seen !== JSON.stringify(expected)) found.push(`notes: ${seen}`);
            };
            const shown = (count) =>
                until(page, `${count} notes`, (n) => document.querySelectorAll("li").length === n, count);
            for (const [n, text] of ["milk", "tea"].entries()) {
                await page.getByLabel("A new note").fill(text);
                await page.getByRole("button", { name: "create" }).click();
                await status("POST /notes: 201 Created");
                await shown(n + 1);
            }
            await expect("milk", "tea");
            await page.getByLabel("/notes/2").fill("green tea");
            await page.getByRole("button", { name: "update" }).nth(1).click();
            await status("PUT /notes/2: 204 No Content");
            await page.getByRole("button", { name: "delete" }).nth(0).click();
            await status("DELETE /notes/1: 204 No Content");
            await shown(1);
            await expect("green tea");
            return found;
        }),
    );
});

test("a browser upgrades a connection to WebSocket", async () => {
    none(
        await serving("upgrade", [], (address, line) =>
            site(async (page) => {
                const talk = page.evaluate(
                    (address) =>
                        new Promise((done) => {
                            const seen = [];
                            const socket = new WebSocket(`ws://${address}/chat`);
                            socket.onmessage = ({ data }) => {
                                seen.push(data);
                                socket.send("你好");
                            };
                            socket.onerror = () => seen.push("error");
                            socket.onclose = ({ wasClean }) => done([...seen, wasClean].join(", "));
                        }),
                    address,
                );
                const seen = await within(LIMIT, "a talk over WebSocket", talk);
                const read = await line();
                return [
                    ...(seen === "nobody asked, true" ? [] : [`the page saw ${seen}`]),
                    ...(read === 'server read "你好"' ? [] : [`the server says ${read}`]),
                ];
            }),
        ),
    );
});
