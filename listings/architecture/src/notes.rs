//! Notes that can be created, read, updated and deleted. They last as long
//! as the program.

use architecture::http::{self, Request};
use architecture::response::Response;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many notes there can be, each of at most
/// [`MAX_CONTENT`](http::MAX_CONTENT) bytes.
pub const MOST: usize = 100;

const PLAIN: &str = "text/plain; charset=utf-8";

/// The notes, by their names.
#[derive(Default)]
pub struct Notes(Mutex<BTreeMap<String, Vec<u8>>>);

impl Notes {
    /// All of them, as they are now.
    pub fn snapshot(&self) -> BTreeMap<String, Vec<u8>> {
        self.lock().clone()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Vec<u8>>> {
        // Nothing is ever half done with it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers, if the path is one of the notes'.
    pub fn answer(&self, request: &Request) -> Option<Response> {
        let path = request.path.strip_prefix("/notes")?;
        match path.strip_prefix('/') {
            None if path.is_empty() => Some(self.all(request)),
            None => None,
            Some(name) => Some(match http::decode(name) {
                Some(name) if is_name(&name) => self.one(request, name),
                _ => Response::text(404, "no name for a note"),
            }),
        }
    }

    /// `/notes`: all of them, and where new ones are created.
    fn all(&self, request: &Request) -> Response {
        match &*request.method {
            "GET" | "HEAD" => {
                let names: Vec<_> =
                    self.lock().keys().cloned().collect();
                Response::new(200)
                    .with_bytes(PLAIN, names.join("\n").into())
            }
            // Not idempotent: each one makes a new note.
            "POST" => {
                let mut notes = self.lock();
                if notes.len() == MOST {
                    return Response::text(507, "too many notes");
                }
                let free =
                    |n: &u64| !notes.contains_key(&n.to_string());
                let Some(n) = (1..).find(free) else {
                    return Response::text(507, "no name is left");
                };
                notes.insert(n.to_string(), request.content.clone());
                Response::new(201)
                    .with("Location", format!("/notes/{n}"))
            }
            _ => Response::text(405, "not of all notes at once")
                .with("Allow", "GET, HEAD, POST"),
        }
    }
}

// ANCHOR: one
impl Notes {
    /// `/notes/NAME`: a single one.
    fn one(&self, request: &Request, name: String) -> Response {
        let mut notes = self.lock();
        match &*request.method {
            // Safe: it changes nothing.
            "GET" | "HEAD" => match notes.get(&name) {
                Some(text) => {
                    Response::new(200).with_bytes(PLAIN, text.clone())
                }
                None => Response::text(404, "no such note"),
            },
            // Idempotent: the second time, all is as it was.
            "PUT" => {
                let is_new = !notes.contains_key(&name);
                if is_new && notes.len() == MOST {
                    return Response::text(507, "too many notes");
                }
                notes.insert(name, request.content.clone());
                Response::new(if is_new { 201 } else { 204 })
            }
            // Idempotent, too, though the second answer is another one.
            "DELETE" => match notes.remove(&name) {
                Some(_) => Response::new(204),
                None => Response::text(404, "no such note"),
            },
            _ => Response::text(405, "a note is replaced with PUT")
                .with("Allow", "GET, HEAD, PUT, DELETE"),
        }
    }
}
// ANCHOR_END: one

/// Whether a note may be called so.
fn is_name(name: &str) -> bool {
    let is = |b: u8| b.is_ascii_alphanumeric() || b"-_".contains(&b);
    (1..=64).contains(&name.len()) && name.bytes().all(is)
}
