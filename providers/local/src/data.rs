//! `local_file` as a data source and as something that is never kept: what stands in a file that somebody else keeps.

use std::fs;

use situs_provider::Problem;
use situs_provider::schema::{Mode, Schema};
use situs_value::{Type, Value};

use crate::disk;
use crate::file::sha256;
use crate::provider::Place;
use situs_provider::attributes::{attribute, path, schema, text};

/// Its name.
pub const FILE: &str = "local_file";

/// What it looks like.
pub fn schema_of_file() -> Schema {
    let computed = |name, description| attribute(name, Type::String, Mode::Computed, description);
    schema(
        "The content of a file on this machine.",
        [
            attribute(
                "path",
                Type::String,
                Mode::Required,
                "where it is; relative to the configuration",
            ),
            computed("content", "what is in it, as UTF-8"),
            computed("id", "its path"),
            computed("sha256", "the SHA-256 of its content, in hexadecimal"),
        ],
    )
}

/// Reads it.
pub fn file(place: &Place, config: &Value) -> Result<Value, Problem> {
    let name = text(config, "path").unwrap_or_default();
    let bytes = fs::read(place.at(name)).map_err(|e| disk::problem("read", name, &e).at(path("path")))?;
    let digest = sha256(&bytes);
    let content = String::from_utf8(bytes).map_err(|_| not_text(name))?;
    let known = [("path", name), ("id", name), ("content", &content), ("sha256", &digest)];
    Ok(Value::object(known.map(|(name, value)| (name, value.into()))))
}

fn not_text(name: &str) -> Problem {
    Problem::error(format!("`{name}` is not a text"), "It is not UTF-8, and a value is.").at(path("path"))
}
