//! What the methods do to the notes, asked for by a client of the listing's
//! and looked at behind the server's back.

use architecture::http::{Fields, Request};
use architecture::notes::{Notes, MOST};
use architecture::response::Response;
use architecture::visitor::Visitor;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

#[allow(dead_code)] // `main` is for the reader to run
#[path = "../src/bin/crud.rs"]
mod crud;
use crud::{serve, twice};

fn start() -> (Arc<Notes>, Visitor) {
    let notes = Arc::new(Notes::default());
    let server = serve(&notes).unwrap();
    (notes, Visitor::connect(server).unwrap())
}

/// What the notes answer to a request without a connection.
fn answer(notes: &Notes, method: &str, path: &str) -> Option<Response> {
    notes.answer(&Request {
        method: method.into(),
        path: path.into(),
        is_1_1: true,
        fields: Fields::default(),
        content: b"text".to_vec(),
    })
}

fn status(notes: &Notes, method: &str, path: &str) -> u16 {
    answer(notes, method, path).unwrap().status
}

#[test]
fn a_note_is_created_read_updated_and_deleted() {
    let (notes, mut visitor) = start();
    let mut ask = |method: &str, content: &str| {
        let reply = visitor
            .ask(&format!(
                "{method} /notes/tea HTTP/1.1\r\nHost: a\r\n\
                 Content-Length: {}\r\n\r\n{content}",
                content.len()
            ))
            .unwrap();
        (reply.status().to_owned(), reply.text())
    };
    let reply =
        |status: &str, text: &str| (status.to_owned(), text.to_owned());
    assert_eq!(ask("GET", ""), reply("404", "no such note\n"));
    assert_eq!(ask("PUT", "绿茶"), reply("201", ""));
    assert_eq!(ask("GET", ""), reply("200", "绿茶"));
    assert_eq!(ask("PUT", ""), reply("204", ""));
    assert_eq!(ask("GET", ""), reply("200", ""));
    assert_eq!(ask("DELETE", ""), reply("204", ""));
    assert_eq!(ask("GET", "").0, "404");
    assert!(notes.snapshot().is_empty());
}

#[test]
fn get_and_head_change_nothing() {
    let (notes, _) = start();
    status(&notes, "PUT", "/notes/tea");
    let before = notes.snapshot();
    for path in ["/notes", "/notes/tea", "/notes/milk"] {
        for method in ["GET", "HEAD", "GET", "HEAD"] {
            status(&notes, method, path);
        }
    }
    assert_eq!(notes.snapshot(), before);
}

#[test]
fn put_and_delete_twice_are_as_good_as_once_and_post_is_not() {
    let (notes, mut visitor) = start();
    let mut statuses = |request| {
        twice(&mut visitor, &notes, request).unwrap().join(" ")
    };
    assert_eq!(statuses(("PUT", "/notes/tea", "green")), "201 204");
    assert_eq!(statuses(("GET", "/notes/tea", "")), "200 200");
    assert_eq!(statuses(("DELETE", "/notes/tea", "")), "204 404");
    assert_eq!(statuses(("POST", "/notes", "milk")), "201 201");
    let names: Vec<_> = notes.snapshot().into_keys().collect();
    assert_eq!(names, ["1", "2"]);
}

/// The listing itself says so if a method does other than it promises.
#[test]
fn a_server_may_do_other_than_the_method_says_and_is_found_out() {
    let (notes, mut visitor) = start();
    let elsewhere = Notes::default();
    // Looked at from the wrong side, POST seems to change nothing.
    let request = ("POST", "/notes", "milk");
    let why = twice(&mut visitor, &elsewhere, request).unwrap_err();
    assert_eq!(why.to_string(), "POST, twice");
    assert_eq!(notes.snapshot().len(), 2);
}

#[test]
fn the_server_decides_what_can_be_done() {
    let (notes, _) = start();
    for (method, path, allow) in [
        ("DELETE", "/notes", "GET, HEAD, POST"),
        ("PUT", "/notes", "GET, HEAD, POST"),
        ("POST", "/notes/tea", "GET, HEAD, PUT, DELETE"),
    ] {
        let response = answer(&notes, method, path).unwrap();
        assert_eq!(response.status, 405);
        let allow = ("Allow", allow.to_owned());
        assert!(response.fields.contains(&allow), "{response:?}");
    }
    assert!(notes.snapshot().is_empty());
}

#[test]
fn a_name_is_short_and_plain() {
    let (notes, _) = start();
    let long = format!("/notes/{}", "a".repeat(65));
    for path in ["/notes/", "/notes/a/b", "/notes/%2e%2e", &long] {
        assert_eq!(status(&notes, "PUT", path), 404, "{path}");
    }
    for path in ["/", "/notes2", "/note", "/Notes"] {
        assert!(answer(&notes, "PUT", path).is_none(), "{path}");
    }
    assert_eq!(status(&notes, "PUT", &long[..71]), 201);
    assert_eq!(status(&notes, "PUT", "/notes/%74e%61"), 201);
    assert_eq!(status(&notes, "GET", "/notes/tea"), 200);
}

#[test]
fn there_is_an_end_to_them() {
    let (notes, _) = start();
    for n in 1..=MOST {
        let response = answer(&notes, "POST", "/notes").unwrap();
        let location = ("Location", format!("/notes/{n}"));
        assert!(response.fields.contains(&location));
    }
    assert_eq!(status(&notes, "POST", "/notes"), 507);
    assert_eq!(status(&notes, "PUT", "/notes/tea"), 507);
    assert_eq!(status(&notes, "PUT", "/notes/7"), 204);
    assert_eq!(status(&notes, "DELETE", "/notes/7"), 204);
    assert_eq!(status(&notes, "PUT", "/notes/tea"), 201);
}

#[test]
fn clients_at_once_create_notes_of_their_own() {
    let notes = Arc::new(Notes::default());
    let server = serve(&notes).unwrap();
    let clients: Vec<_> = (0..10)
        .map(|_| {
            thread::spawn(move || {
                let mut visitor = Visitor::connect(server).unwrap();
                let mut post = || {
                    let reply = visitor
                        .ask("POST /notes HTTP/1.1\r\nHost: a\r\n\r\n");
                    let fields = reply.unwrap().fields;
                    let location = fields.all("location").next();
                    location.unwrap().to_owned()
                };
                [post(), post(), post()]
            })
        })
        .collect();
    let made: BTreeSet<_> =
        clients.into_iter().flat_map(|c| c.join().unwrap()).collect();
    assert_eq!(made.len(), 30);
    assert_eq!(notes.snapshot().len(), 30);
}
