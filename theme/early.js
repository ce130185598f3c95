// Runs before anything is painted: what the reader chose last time.
(() => {
    const root = document.documentElement;
    root.classList.add("scripted");
    try {
        const theme = localStorage.getItem("theme");
        if (theme === "light" || theme === "navy") root.classList.add(theme);
        if (localStorage.getItem("contents") === "hidden") {
            root.classList.add("without-contents");
        }
    } catch {
        // A browser may forbid storage: the reader's system decides.
    }
})();
