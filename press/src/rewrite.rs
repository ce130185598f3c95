//! What every pass over HTML has in common.

use lol_html::errors::RewritingError;
use lol_html::{
    rewrite_str, ElementContentHandlers, RewriteStrSettings, Selector,
};
use std::borrow::Cow;

/// What to do with the elements that a selector finds, and their text.
pub type Handler<'h> =
    (Cow<'static, Selector>, ElementContentHandlers<'h>);

/// The HTML after every handler has seen it.
///
/// # Errors
/// What a handler said.
pub fn rewrite(
    html: &str,
    handlers: Vec<Handler>,
) -> Result<String, RewritingError> {
    let settings = handlers.into_iter().fold(
        RewriteStrSettings::new(),
        |settings, handler| {
            settings.append_element_content_handler(handler)
        },
    );
    rewrite_str(html, settings)
}
