// What Lighthouse thinks of some chapters: no test, because a busy machine is
// slow.
//
//     cargo run -- build --dest folder --url http://127.0.0.1:4173/
//     npm run lighthouse -- folder
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";

const LIGHTHOUSE = "lighthouse@12.8.2";
const LEAST = { "performance": 95, "accessibility": 100, "best-practices": 100, "seo": 100 };
const CHAPTERS = 4;

const how =
    "Print the site for this address first:\n" +
    "    cargo run -- build --dest folder --url http://127.0.0.1:4173/\n" +
    "    npm run lighthouse -- folder";
const stop = (message) => {
    console.error(`\n${message}\n`);
    process.exit(1);
};

const folder = process.argv[2] ?? process.env.SITE;
if (!folder) stop(`Which folder?\n${how}`);
process.env.SITE = path.resolve(folder);
const home = path.join(process.env.SITE, "en/index.html");
if (!existsSync(home)) stop(`There is no book in ${folder}.\n${how}`);

// The site knows where it stands: search engines take no relative links.
const canonical = readFileSync(home, "utf8").match(/rel="canonical" href="([^"]*)"/)?.[1];
const url = URL.canParse(canonical) ? new URL("..", canonical) : null;
if (url?.hostname !== "127.0.0.1") stop(`${folder} was printed for ${canonical}.\n${how}`);

const { chapters, chromiumPath, FLAGS, serve } = await import("./site.mjs");
const site = await serve(process.env.SITE, Number(url.port || 80));
const reports = mkdtempSync(path.join(tmpdir(), "site-lighthouse-"));
let bad = 0;
try {
    const some = ["en", "zh"].flatMap((edition) => chapters(CHAPTERS, edition));
    for (const { name } of some) {
        const report = path.join(reports, "report.json");
        await promisify(execFile)(
            "npx",
            [
                "--yes",
                LIGHTHOUSE,
                new URL(name, url).href,
                "--quiet",
                "--output=json",
                `--output-path=${report}`,
                `--only-categories=${Object.keys(LEAST)}`,
                `--chrome-flags=--headless ${FLAGS.filter((f) => !f.includes(" ")).join(" ")}`,
            ],
            { env: { ...process.env, CHROME_PATH: chromiumPath() }, timeout: 300_000 },
        );
        const { categories, audits } = JSON.parse(readFileSync(report, "utf8"));
        const scores = Object.keys(LEAST).map((id) => Math.round(categories[id].score * 100));
        console.log(`${scores.map((n) => String(n).padStart(4)).join("")}  ${name}`);
        for (const [id, least] of Object.entries(LEAST)) {
            if (categories[id].score * 100 >= least) continue;
            bad += 1;
            for (const { id: audit, weight } of categories[id].auditRefs) {
                const { score, title } = audits[audit];
                if (weight && score !== null && score < 0.9) console.log(`      ${id}: ${title}`);
            }
        }
    }
    console.log(`${Object.keys(LEAST).join(", ")}: at least ${Object.values(LEAST).join(", ")}`);
} finally {
    await site.close();
    rmSync(reports, { recursive: true, force: true });
}
process.exit(bad ? 1 : 0);
