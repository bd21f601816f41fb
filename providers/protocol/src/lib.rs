//! The Terraform plug-in protocol on the wire: its messages ([`wire`], generated from `proto/`), values ([`msgpack`], [`json`],
//! [`dynamic`]), schemas ([`schema`]) and what a provider says is wrong ([`said`]). Nothing here talks to anybody.

pub mod dynamic;
pub mod json;
pub mod msgpack;
pub mod said;
pub mod schema;
pub mod wire;
mod wrong;

pub use wrong::Wrong;

use unicode_normalization::UnicodeNormalization;

/// How deep values may be nested, whatever their type says.
pub(crate) const DEPTH: usize = 100;

/// A text as it goes over the wire: in normal form C.
pub(crate) fn normal(text: &str) -> std::borrow::Cow<'_, str> {
    if text.is_ascii() || unicode_normalization::is_nfc(text) {
        return text.into();
    }
    text.nfc().collect::<String>().into()
}
