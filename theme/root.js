// Sends a reader who came without a language to the page in theirs.
"use strict";

{
    const links = [...document.querySelectorAll("a[hreflang]")];
    let chosen = null;
    try {
        chosen = localStorage.getItem("edition");
    } catch {
        // Then the browser's languages decide.
    }
    const wanted = [chosen, ...navigator.languages].filter(Boolean);
    const language = (tag) => tag.split("-")[0].toLowerCase();
    const fits = (tag) =>
        links.find((link) => language(link.hreflang) === language(tag));
    const link = wanted.map(fits).find(Boolean) ?? links[0];
    // Whatever else stood in the address stays there.
    location.replace(link.href + location.search + location.hash);
}
