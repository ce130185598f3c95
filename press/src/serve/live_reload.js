// Loads the page anew when the book has been built anew.
{
    const { build } = document.currentScript.dataset;
    let events;
    // A hidden page doesn't listen: a browser has few connections to spare
    // for one server, and readers open many tabs.
    const listen = () => {
        events?.close();
        if (document.hidden) return;
        events = new EventSource(`/live-reload/${build}`);
        events.onmessage = () => location.reload();
    };
    addEventListener("pageshow", listen);
    addEventListener("pagehide", () => events?.close());
    document.addEventListener("visibilitychange", listen);
}
