// The site's files, a server for them, and where the browser is.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const HERE = path.dirname(fileURLToPath(import.meta.url));

export const SITE = path.resolve(HERE, process.env.SITE ?? "../../book");

/** The editions' folders and what their pages' `lang` says. */
export const EDITIONS = { en: "en", zh: "zh-CN" };
export const WIDTHS = [1280, 390];
export const other = (edition) => (edition === "en" ? "zh" : "en");

/** Ends the run: without that, no test means anything. */
export const stop = (message) => {
    console.error(`\n${message}\n`);
    process.exit(1);
};

if (!existsSync(path.join(SITE, "en/index.html"))) {
    stop(
        `There is no book in ${SITE}.\n` +
            "Print it with `cargo run -- build`, or say where it is: " +
            "SITE=folder npm test",
    );
}

// The pages

const walk = (folder) =>
    readdirSync(path.join(SITE, folder), { withFileTypes: true })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
            const name = path.posix.join(folder, entry.name);
            return entry.isDirectory() ? walk(name) : [name];
        });

const page = (name) => {
    const [edition, ...rest] = name.split("/");
    return { name, edition, path: rest.join("/") };
};
const inEdition = (name) => name.split("/")[0] in EDITIONS;
const isSpecial = (name) => /(^|\/)(404|print)\.html$/.test(name);
const wanted = (process.env.PAGES ?? "").split(",").filter(Boolean);
const isWanted = ({ name }) =>
    !wanted.length || wanted.some((part) => name.includes(part));

/** Every HTML file, relative to the site. */
export const files = walk("").filter((name) => name.endsWith(".html"));
const printed = files.filter(inEdition).map(page);

/** Every page of every edition. The variable PAGES leaves some. */
export const pages = printed.filter((p) => !isSpecial(p.name)).filter(isWanted);
/** The whole book on one page, in every edition. */
export const wholes = printed.filter((p) => p.path === "print.html").filter(isWanted);
/** The pages that show a trace. */
export const traced = pages.filter(({ name }) =>
    readFileSync(path.join(SITE, name), "utf8").includes('<figure class="trace'),
);
/** The pages without a language. */
export const forks = files.filter((name) => !inEdition(name) && name !== "404.html");

const isListing = (p) => p.path.startsWith("listings/");
const size = (p) => statSync(path.join(SITE, p.name)).size;
/** The largest chapters: they have the most of everything. */
export const chapters = (count, edition) =>
    pages
        .filter((p) => !isListing(p) && (!edition || p.edition === edition))
        .sort((a, b) => size(b) - size(a))
        .slice(0, count);
/** The chapters, and of the listings' pages, which one template makes, the
 *  longest and the shortest of each edition. For what takes its time. The
 *  variable EVERY=1 has it take all. */
export const essential = pages.filter((p) => {
    if (process.env.EVERY || !isListing(p)) return true;
    const alike = pages.filter((q) => isListing(q) && q.edition === p.edition);
    const sizes = alike.map(size);
    return [Math.min(...sizes), Math.max(...sizes)].includes(size(p));
});
/** The pages with a trace of one edition, and two of the other, where only
 *  the words around a trace differ. */
export const tracedOnce = traced.filter(
    (p, n, all) =>
        process.env.EVERY ||
        p.edition === all[0].edition ||
        all.filter((q) => q.edition === p.edition).indexOf(p) < 2,
);
/** A few chapters and a listing: enough where every page is made alike. */
export const sample = (count) => {
    const listings = pages.filter(isListing).sort((a, b) => size(b) - size(a));
    return [...chapters(count), ...listings.slice(0, 1)];
};

// The server

const TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".pcapng": "application/octet-stream",
    ".svg": "image/svg+xml",
};

const pause = (time) => new Promise((done) => setTimeout(done, time));

/** Sends a page piece by piece, as a slow line does. */
const trickle = async (response, text) => {
    for (let at = 0; at < text.length && !response.destroyed; at += 1000) {
        response.write(text.subarray(at, at + 1000));
        await pause(20);
    }
    response.end();
};

/**
 * Serves a folder as a static host does, compressed, with its 404 page. At an
 * address with `?slow` a page comes slowly.
 */
export const serve = async (folder, port = 0) => {
    const kept = new Map();
    const answer = (name) => {
        const file = path.join(folder, name.endsWith("/") ? `${name}index.html` : name);
        if (!file.startsWith(folder)) return null;
        if (!kept.has(file)) {
            try {
                kept.set(file, gzipSync(readFileSync(file)));
            } catch {
                kept.set(file, null);
            }
        }
        const body = kept.get(file);
        return body && { body, type: TYPES[path.extname(file)] };
    };
    const server = createServer((request, response) => {
        const { pathname, search } = new URL(request.url, "http://host");
        const name = decodeURIComponent(pathname);
        const found = answer(name);
        const { body, type } = found ?? answer("/404.html") ?? { body: gzipSync("") };
        if (found && search === "?slow") {
            response.writeHead(200, { "content-type": type });
            trickle(response, gunzipSync(body));
            return;
        }
        response.writeHead(found ? 200 : 404, {
            "content-type": type ?? "application/octet-stream",
            "content-encoding": "gzip",
            "content-length": body.length,
        });
        response.end(request.method === "HEAD" ? undefined : body);
    });
    await new Promise((done, failed) => {
        server.once("error", failed);
        server.listen(port, "127.0.0.1", done);
    });
    const close = () => {
        server.closeAllConnections();
        return new Promise((done) => server.close(done));
    };
    return { origin: `http://127.0.0.1:${server.address().port}`, close };
};

// The browser

/** Where Chromium is. */
export const chromiumPath = () => {
    const inPath = (process.env.PATH ?? "")
        .split(path.delimiter)
        .map((folder) => path.join(folder, "chromium"));
    const asked = process.env.CHROMIUM;
    const places = asked ? [asked] : ["/usr/bin/chromium", ...inPath];
    const found = places.find((place) => existsSync(place));
    if (!found) {
        stop(
            asked
                ? `There is no browser at ${asked}, where CHROMIUM says it is.`
                : "There is no Chromium in /usr/bin or in PATH.\n" +
                      "Install it (`apt install chromium`), or say where it " +
                      "is: CHROMIUM=file npm test",
        );
    }
    return found;
};

export const FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    // A page that asks for another host fails, and asks nobody.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];
