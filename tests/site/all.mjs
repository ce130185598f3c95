// Every test, in one process: they share a browser.
import "./head.test.mjs";
import "./links.test.mjs";
import "./page.test.mjs";
import "./noscript.test.mjs";
import "./words.test.mjs";
import "./keys.test.mjs";
import "./search.test.mjs";
import "./trace.test.mjs";
import "./front.test.mjs";
import "./print.test.mjs";
import "./http.test.mjs";
import "./axe.test.mjs";
