// Finds sections of this edition: `search("time wait")`. The press writes
// `index`, a list of pages: [title, href, sections]. A section is its id, its
// heading, its text, what of that is bold, and its code.
"use strict";

{
    const HAN = "\\u3400-\\u9fff\\uf900-\\ufaff";
    const RUNS = new RegExp(`[${HAN}]+|[\\p{L}\\p{N}_.:]+`, "gu");
    const IS_HAN = new RegExp(`^[${HAN}]`);
    // 65,507 and 65507 are the same.
    const normal = (text) =>
        text
            .normalize("NFKC")
            .toLowerCase()
            .replace(/(?<=\d),(?=\d{3})/g, "");

    // "sending" and "sends" are looked for as "send".
    const stem = (word) => {
        const short = word.replace(/(ing|ies|ied|ed|ence|ences|es|s|e|y)$/, "");
        return short.length > 2 && /^[a-z]+$/.test(word) ? short : word;
    };

    // Words that a question has, whatever it asks.
    const COMMON = new Set(
        `a an and are can do does for have how i in is it my of on or the to
        too what when where which who why with 为什 什么 么会 怎么 么样 怎样 哪个
        之后 时候 可以 能不 不能 是不 不是 有没`.split(/\s+/).map(stem),
    );

    // Chinese has no spaces: two characters each are as good as words.
    const pairs = (run) => {
        const characters = [...run];
        if (characters.length < 3) return [run];
        return characters.slice(1).map((c, n) => characters[n] + c);
    };

    const termsOf = (query) => {
        const runs = normal(query).match(RUNS) ?? [];
        const terms = runs.flatMap((run) => {
            if (IS_HAN.test(run)) return pairs(run);
            return [stem(run.replace(/^[.:]+|[.:]+$/g, ""))];
        });
        return [...new Set(terms.filter(Boolean))];
    };

    // Where a term stands: Chinese anywhere, other words at their start,
    // and long ones inside of others, too: "addr" in SO_REUSEADDR.
    const PLAIN = /[.*+?^${}()|[\]\\]/g;
    const patternOf = (term) => {
        const escaped = term.replace(PLAIN, "\\$&");
        if (IS_HAN.test(term) || term.length > 3) return escaped;
        const end = term.length < 3 ? "(?![a-z0-9])" : "";
        return `(?<![a-z0-9])${escaped}${end}`;
    };
    const matcherOf = (terms, rest = "") => {
        const patterns = terms.map(patternOf).join("|");
        return new RegExp(`(?:${patterns})${rest}`, "giu");
    };

    // How often a term stands in a text. Inside of a word it counts less.
    const occurrences = (text, term, matcher) => {
        let count = 0;
        for (const { index } of text.matchAll(matcher)) {
            const inside = /[a-z0-9]/.test(text[index - 1] ?? " ");
            count += inside && !IS_HAN.test(term) ? 0.2 : 1;
        }
        return count;
    };

    // Programs, runs and exercises show what other sections explain. Lists
    // and questions that are only asked lead to them, and notes on platforms
    // say what else may be.
    const WORTH = { run: 0.8, "try-it": 0.6, asked: 0.2 };
    const LIST = /^(?:claims|errors|rfcs)\.html/;
    const worthOf = (page, id) => {
        if (page.startsWith("listings/")) return 0.3;
        if (page === "platforms.html") return 0.3;
        return LIST.test(page) ? 0.5 : (WORTH[id] ?? 1);
    };

    let sections;
    const load = () => {
        sections ??= globalThis.index.flatMap(([title, page, parts]) =>
            parts.map(([id, heading, text, strong, code], n) => ({
                href: n === 0 ? page : `${page}#${id}`,
                where: n === 0 ? title : `${title} › ${heading}`,
                text,
                code,
                isTop: n === 0,
                worth: worthOf(page, id),
                lowStrong: normal(strong),
                lowCode: normal(code),
                lowTitle: normal(title),
                lowHeading: normal(heading),
                lowText: normal(text),
            })),
        );
        return sections;
    };

    const rank = (terms, phrase) => {
        const all = load();
        const weigh = (section, term, matcher) => {
            const count = (text) => occurrences(text, term, matcher);
            const inText =
                count(section.lowText) + 0.1 * count(section.lowCode);
            const length = 0.6 + section.lowText.length / 1500;
            const has = (text) => Math.min(count(text), 1);
            return (
                inText / (inText + length) +
                has(section.lowStrong) +
                2.5 * has(section.lowHeading) +
                (section.isTop ? 1.5 : 0.5) * has(section.lowTitle)
            );
        };
        const weights = terms.map((term) => {
            const matcher = matcherOf([term]);
            return all.map((section) => weigh(section, term, matcher));
        });
        // What stands everywhere says little; what stands nowhere, nothing.
        const rarity = weights.map((of) => {
            const holding = of.filter(Boolean).length;
            return holding && Math.log(1 + all.length / holding);
        });
        terms.forEach((term, t) => {
            if (COMMON.has(term)) rarity[t] /= 4;
            // Of a run of many pairs each says less than a word does.
            if (IS_HAN.test(term)) rarity[t] /= 4;
        });
        const total = rarity.reduce((sum, r) => sum + r, 0);
        return all
            .map((section, n) => {
                let score = 0;
                let covered = 0;
                terms.forEach((_, t) => {
                    score += rarity[t] * weights[t][n];
                    if (weights[t][n]) covered += rarity[t];
                });
                score *= section.worth * (covered / total) ** 2;
                if (section.lowHeading.includes(phrase)) score *= 1.5;
                if (section.lowText.includes(phrase)) score *= 1.6;
                return { section, score, covered: covered / total };
            })
            .filter(({ covered }) => covered > 0.4)
            .sort((a, b) => b.score - a.score);
    };

    // One letter wrong, left out, too many, or two exchanged.
    const isNear = (a, b) => {
        if (Math.abs(a.length - b.length) > 1) return false;
        let from = 0;
        while (from < a.length && a[from] === b[from]) from += 1;
        let [i, j] = [a.length, b.length];
        while (i > from && j > from && a[i - 1] === b[j - 1]) {
            i -= 1;
            j -= 1;
        }
        const [left, right] = [a.slice(from, i), b.slice(from, j)];
        return (
            (left.length < 2 && right.length < 2) ||
            (left.length === 2 && left === [...right].reverse().join(""))
        );
    };

    // What stands nowhere is written otherwise, or stands for nothing.
    let vocabulary;
    const corrected = (term) => {
        vocabulary ??= [
            ...new Set(
                load().flatMap((s) => s.lowText.match(/[a-z_]{4,}/g) ?? []),
            ),
        ];
        if (IS_HAN.test(term) || term.length < 4) return [term];
        if (vocabulary.some((word) => word.includes(term))) return [term];
        const near = vocabulary.map(stem).filter((s) => isNear(s, term));
        return near.length ? near : [term];
    };

    // As much of a Chinese word as stands together.
    const stretchOf = (run) =>
        IS_HAN.test(run) && run.length > 1 ? `[${run}]{2,}` : "";

    // A piece of the text round the place with the most terms, in parts:
    // [text, whether it is a term].
    const WIDTH = 150;
    const excerpt = ({ text: prose, code }, terms, words) => {
        const any = new RegExp(
            [...words.map(stretchOf), matcherOf(terms, "[a-z0-9]*").source]
                .filter(Boolean)
                .join("|"),
            "giu",
        );
        const text = prose.search(any) >= 0 ? prose : code || prose;
        const places = [...text.matchAll(any)].map((match) => match.index);
        const near = (at) =>
            new Set(
                places
                    .filter((p) => p >= at && p < at + WIDTH - 30)
                    .map((p) => text.slice(p, p + 3).toLowerCase()),
            ).size;
        const best = Math.max(...places.map(near), 0);
        const first = places.find((at) => near(at) === best) ?? 0;
        // Not in the middle of a word.
        let from = Math.max(0, first - 30);
        while (from > 0 && /[a-z0-9]/i.test(text[from - 1])) from -= 1;
        let to = Math.min(text.length, from + WIDTH);
        while (to < text.length && /[a-z0-9]/i.test(text[to])) to += 1;
        const shown = text.slice(from, to);
        const parts = from > 0 ? [["… ", false]] : [];
        let done = 0;
        for (const { 0: term, index } of shown.matchAll(any)) {
            parts.push([shown.slice(done, index), false], [term, true]);
            done = index + term.length;
        }
        parts.push([shown.slice(done), false]);
        if (to < text.length) parts.push([" …", false]);
        return parts.filter(([part]) => part);
    };

    globalThis.search = (query) => {
        const terms = [...new Set(termsOf(query).flatMap(corrected))];
        if (!terms.length) return [];
        const words = normal(query).match(RUNS);
        return rank(terms, normal(query)).map(({ section }) => ({
            href: section.href,
            where: section.where,
            text: excerpt(section, terms, words),
        }));
    };
}
