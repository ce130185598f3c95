//! Shows the book in a browser, and shows it anew when it changes.
//!
//! One thread builds, each time into a fresh folder. The server hands out
//! the last good folder. [`Site`] is all that the two share.

use crate::site::{self, Options};
use anyhow::{anyhow, Context, Result};
use axum::body::{self, Body};
use axum::extract::{Path as UrlPath, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderValue, Request, StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use axum::Router;
use notify::event::{AccessKind, AccessMode, EventKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::future::{pending, Future};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::path::Path;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant, UNIX_EPOCH};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tower::ServiceExt;
use tower_http::services::ServeDir;

/// What the book is made of, below its root.
const SOURCES: [&str; 7] = [
    "book.toml",
    "claims.toml",
    "errors.toml",
    "rfcs.toml",
    "src",
    "listings",
    "theme",
];

/// How long nothing must change before a build: saving a file is several
/// events, and switching a branch is many.
const QUIET: Duration = Duration::from_millis(100);

/// How long a build waits for quiet, at most.
const PATIENCE: Duration = Duration::from_secs(1);

/// Files that no page of the site has, for what every page gets.
const SCRIPT: &str = "/live-reload.js";
const SCRIPT_TEXT: &str = include_str!("serve/live_reload.js");
const STYLE: &str = "/banner.css";
const STYLE_TEXT: &str = include_str!("serve/banner.css");

/// What a browser gets to see.
#[derive(Clone, Default)]
struct Site {
    /// Tells this site from every other one, of this run or an earlier one.
    /// 0 before the first build.
    id: u128,
    /// The last good build. Its folder goes when the last answer from it
    /// has gone out.
    folder: Option<Arc<TempDir>>,
    /// What is wrong with the book as it is now.
    error: Option<String>,
}

/// What the builder hears.
enum Event {
    Changed,
    End,
}

/// Builds the book at `root` and serves it until Ctrl-C.
///
/// # Errors
/// When the address can't be listened on. What is wrong with the book is no
/// error here: it is shown, in the terminal and on every page.
pub fn serve(root: &Path, addr: SocketAddr, open: bool) -> Result<()> {
    let runtime = Runtime::new().context("can't start a server")?;
    runtime.block_on(run(root, addr, open))
}

async fn run(root: &Path, addr: SocketAddr, open: bool) -> Result<()> {
    // Before the first folder: an early Ctrl-C leaves none behind, either.
    let ended = ended()?;
    let listener =
        TcpListener::bind(addr).await.with_context(|| {
            format!(
                "can't listen on {addr} \
                 (`--addr 127.0.0.1:0` takes any free port)"
            )
        })?;
    let scratch = tempfile::Builder::new()
        .prefix("netbook-")
        .tempdir()
        .context("can't create a temporary folder")?;

    let (tell, events) = mpsc::channel();
    let (publish, site) = watch::channel(Site::default());
    let builder = thread::spawn({
        let (root, tell) = (root.to_owned(), tell.clone());
        let scratch = scratch.path().to_owned();
        move || keep_building(&root, &scratch, tell, &events, &publish)
    });
    let result = tokio::select! {
        result = answer(listener, site, open) => result,
        () = ended => Ok(()),
    };
    // The folders can go when nobody writes into them any longer. Nobody
    // waits for the connections: pages hold theirs until the next build.
    let _ = tell.send(Event::End);
    builder.join().map_err(|_| anyhow!("the builder panicked"))?;
    scratch.close().context("can't remove the temporary folder")?;
    result
}

/// Completes when the process is asked to end.
#[cfg(unix)]
fn ended() -> Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{signal, SignalKind};
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let mut hangup = signal(SignalKind::hangup())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    })
}

/// Completes when the process is asked to end.
#[cfg(not(unix))]
fn ended() -> Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

// The builder

/// Builds the book now and after every change, until it is told to end.
fn keep_building(
    root: &Path,
    scratch: &Path,
    tell: mpsc::Sender<Event>,
    events: &mpsc::Receiver<Event>,
    publish: &watch::Sender<Site>,
) {
    // Watching comes before building: no change falls between the two.
    let mut watcher = match watcher(root, tell) {
        Ok(watcher) => Some(watcher),
        Err(error) => {
            say(&format!("changes won't be seen: {error}"));
            None
        }
    };
    loop {
        if let Some(watcher) = &mut watcher {
            watch_sources(watcher, root);
        }
        rebuild(root, scratch, publish);
        if !next_change(events) {
            return;
        }
    }
}

fn rebuild(root: &Path, scratch: &Path, publish: &watch::Sender<Site>) {
    let before = publish.borrow().clone();
    let site = build(root, scratch, &before);
    publish.send_replace(site.clone());
    match site.error {
        Some(error) => say(&format!("error: {error}\n")),
        None if before.error.is_some() => say("mended"),
        None if before.id != 0 => say("rebuilt"),
        None => {}
    }
}

/// The site after a build. A failed one leaves the last good one in place.
fn build(root: &Path, scratch: &Path, before: &Site) -> Site {
    let attempt = || -> Result<TempDir> {
        let folder = tempfile::tempdir_in(scratch)
            .context("can't create a temporary folder")?;
        site::build(root, folder.path(), &Options::default())?;
        Ok(folder)
    };
    // What makes the press panic, the next change may mend.
    let built = catch_unwind(AssertUnwindSafe(attempt))
        .unwrap_or_else(|_| Err(anyhow!("the press panicked")));
    let id = UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    match built {
        Ok(folder) => {
            Site { id, folder: Some(Arc::new(folder)), error: None }
        }
        Err(error) => Site {
            id,
            folder: before.folder.clone(),
            error: Some(format!("{error:#}")),
        },
    }
}

/// Waits for a change, and for the changes that come with it. False if it
/// is time to end.
fn next_change(events: &mpsc::Receiver<Event>) -> bool {
    let Ok(Event::Changed) = events.recv() else { return false };
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        match events.recv_timeout(QUIET) {
            Ok(Event::Changed) => {}
            Err(RecvTimeoutError::Timeout) => break,
            Ok(Event::End) | Err(RecvTimeoutError::Disconnected) => {
                return false
            }
        }
    }
    true
}

/// Tells of every change to what the book is made of.
///
/// A debouncer can't be used here: it forgets what kind of event it was, and
/// reading a file is one, too. Every build would be followed by another.
fn watcher(
    root: &Path,
    tell: mpsc::Sender<Event>,
) -> notify::Result<RecommendedWatcher> {
    let watched = root.to_owned();
    notify::recommended_watcher(
        move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| is_change(&watched, &event)) {
                // The builder may have ended already.
                let _ = tell.send(Event::Changed);
            }
        },
    )
}

fn is_change(root: &Path, event: &notify::Event) -> bool {
    use AccessKind::Close;
    match event.kind {
        EventKind::Access(Close(AccessMode::Write)) => {}
        EventKind::Access(_) => return false,
        _ => {}
    }
    let is_source = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        let is_editors =
            name.starts_with(['.', '#']) || name.ends_with('~');
        let inside = path.strip_prefix(root).is_ok_and(|path| {
            SOURCES.iter().any(|source| path.starts_with(source))
        });
        inside && !is_editors
    };
    event.need_rescan() || event.paths.iter().any(|p| is_source(p))
}

/// Watches the sources that there are now; a folder may be a new one under
/// an old name. The root's own entries are watched because an editor that
/// saves `book.toml` puts a new file in its place.
fn watch_sources(watcher: &mut RecommendedWatcher, root: &Path) {
    let mut watch = |path: &Path, mode| {
        if let Err(error) = watcher.watch(path, mode) {
            say(&format!("changes won't be seen: {error}"));
        }
    };
    watch(root, RecursiveMode::NonRecursive);
    for source in SOURCES.map(|source| root.join(source)) {
        if source.is_dir() {
            watch(&source, RecursiveMode::Recursive);
        }
    }
}

/// Tells the terminal. If it has gone, the browser still wants the book.
fn say(what: &str) {
    let _ = writeln!(io::stderr(), "{what}");
}

// The server

async fn answer(
    listener: TcpListener,
    mut site: watch::Receiver<Site>,
    open: bool,
) -> Result<()> {
    // Early visitors wait in the backlog.
    site.wait_for(|site| site.id != 0)
        .await
        .context("the builder ended")?;
    let url = format!("http://{}", listener.local_addr()?);
    // Nobody may be reading: no reason to end.
    let _ = writeln!(
        io::stdout(),
        "serving the book at {url} (Ctrl-C ends it)"
    );
    if open {
        // Aside: it watches for a moment whether there is a browser.
        thread::spawn(move || {
            if let Err(error) = open::that_detached(&url) {
                say(&format!("can't open a browser: {error}"));
            }
        });
    }
    let app = Router::new()
        .route("/live-reload/{id}", get(changed))
        .route(SCRIPT, get(|| own("text/javascript", SCRIPT_TEXT)))
        .route(STYLE, get(|| own("text/css", STYLE_TEXT)))
        .fallback(get(page))
        .with_state(site);
    axum::serve(listener, app).await.context("can't serve")
}

/// Answers when the site is another than the one that the asking page is
/// from: at once, if it already is.
async fn changed(
    UrlPath(id): UrlPath<u128>,
    State(mut site): State<watch::Receiver<Site>>,
) -> impl IntoResponse {
    if site.wait_for(|site| site.id != id).await.is_err() {
        // No more builds: the server is about to end.
        pending::<()>().await;
    }
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-store"),
    ];
    (headers, "data: changed\n\n")
}

/// A file of the server's own.
async fn own(
    kind: &'static str,
    text: &'static str,
) -> impl IntoResponse {
    ([(CONTENT_TYPE, kind), (CACHE_CONTROL, "no-store")], text)
}

/// A file of the site. Of the request, only the path counts: no answer is a
/// part of a file, or `Not Modified`.
async fn page(
    uri: Uri,
    State(site): State<watch::Receiver<Site>>,
) -> Response {
    let site = site.borrow().clone();
    let response = match &site.folder {
        Some(folder) => find(folder.path(), &uri).await,
        None => unbuilt().into_response(),
    };
    let (mut parts, body) = response.into_parts();
    parts
        .headers
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    let is_html = parts
        .headers
        .get(CONTENT_TYPE)
        .is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"));
    if !is_html {
        return Response::from_parts(parts, body);
    }
    let Ok(html) = body::to_bytes(body, usize::MAX).await else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut html = html.to_vec();
    html.extend_from_slice(additions(&site).as_bytes());
    parts.headers.remove(CONTENT_LENGTH);
    Response::from_parts(parts, html.into())
}

/// The file at a path, or else the 404 page of its edition.
async fn find(folder: &Path, uri: &Uri) -> Response {
    let response = file(folder, uri).await;
    if response.status() != StatusCode::NOT_FOUND {
        return response;
    }
    let edition = uri.path().split('/').nth(1).unwrap_or_default();
    for page in [&format!("/{edition}/404.html"), "/404.html"] {
        let Ok(uri) = page.parse() else { continue };
        let mut page = file(folder, &uri).await;
        if page.status() == StatusCode::OK {
            *page.status_mut() = StatusCode::NOT_FOUND;
            return page;
        }
    }
    response
}

async fn file(folder: &Path, uri: &Uri) -> Response {
    let mut request = Request::new(Body::empty());
    *request.uri_mut() = uri.clone();
    match ServeDir::new(folder).oneshot(request).await {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    }
}

/// What there is to see before the first good build.
fn unbuilt() -> (StatusCode, Html<&'static str>) {
    let page = "<!doctype html>\n<html lang=\"en\">\n\
                <meta charset=\"utf-8\">\n\
                <title>No book yet</title>\n\
                <p>The book appears here when it can be built.</p>\n";
    (StatusCode::SERVICE_UNAVAILABLE, Html(page))
}

/// What every page gets at its end: the error, if there is one, and the
/// script that reloads it. The pages' policy lets nothing be inline.
fn additions(site: &Site) -> String {
    let banner = match &site.error {
        Some(error) => banner(error, site.folder.is_some()),
        None => String::new(),
    };
    let id = site.id;
    format!(
        "{banner}<script src=\"{SCRIPT}\" data-build=\"{id}\"></script>\n"
    )
}

fn banner(error: &str, has_pages: bool) -> String {
    let title = if has_pages {
        "This page is older than its source"
    } else {
        "There is no book yet"
    };
    let error = site::escape(error);
    format!(
        "<link rel=\"stylesheet\" href=\"{STYLE}\">\n\
         <div class=\"banner\" role=\"alert\">\
         <strong>{title}</strong>\n<pre>{error}</pre></div>\n"
    )
}
