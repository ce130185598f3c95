//! Files below a folder, as resources.

use architecture::http;
use architecture::response::{reason, Response};
use std::fs::{self, File};
use std::io;
use std::path::{Component, Path, PathBuf};

/// What can be asked of a file.
const ALLOW: &str = "GET, HEAD";

/// Answers with the file that the request's path names below a root, which
/// is in its canonical form.
pub fn answer(root: &Path, request: &http::Request) -> Response {
    if !matches!(&*request.method, "GET" | "HEAD") {
        return Response::text(405, "a file can only be read")
            .with("Allow", ALLOW);
    }
    match find(root, &request.path).and_then(|file| open(&file)) {
        Ok(response) => response,
        Err(status) => Response::text(status, reason(status)),
    }
}

// ANCHOR: find
/// The file that a path names.
///
/// # Errors
/// A status: when it isn't there, and when it isn't below the root, whatever
/// the path looks like.
pub fn find(root: &Path, path: &str) -> Result<PathBuf, u16> {
    let mut file = root.to_owned();
    // Split first: a `/` that comes as %2F is part of a name.
    for part in path.split('/').filter(|part| !part.is_empty()) {
        let part = http::decode(part).ok_or(400_u16)?;
        let mut components = Path::new(&part).components();
        match (components.next(), components.next()) {
            (Some(Component::Normal(name)), None) => file.push(name),
            (Some(Component::CurDir), None) => {}
            // `..`, `a/b`, `/etc`, and the `C:` of Windows.
            _ => return Err(403),
        }
    }
    // Follows links, and only then can be seen where they lead.
    let mut file = file.canonicalize().map_err(|why| status(&why))?;
    if file.is_dir() {
        file.push("index.html");
        file = file.canonicalize().map_err(|why| status(&why))?;
    }
    match file.starts_with(root) {
        true => Ok(file),
        false => Err(403),
    }
}
// ANCHOR_END: find

/// Opens a file. Its content is read when the response is written. Whoever
/// can put a link in its place meanwhile is trusted: openat2(2), which Linux
/// has, would make sure.
fn open(file: &Path) -> Result<Response, u16> {
    let kind = match file.extension().and_then(|it| it.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("txt" | "md" | "rs") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    };
    let status = |why: io::Error| status(&why);
    // Opening a pipe would wait for somebody who writes into it.
    if !fs::metadata(file).map_err(status)?.is_file() {
        return Err(403);
    }
    let content = File::open(file).map_err(status)?;
    let length = content.metadata().map_err(status)?.len();
    Ok(Response::new(200).with_content(kind, content, length))
}

fn status(why: &io::Error) -> u16 {
    match why.kind() {
        io::ErrorKind::PermissionDenied => 403,
        _ => 404,
    }
}
