//! `local_file`: a file with a content.
//!
//! Every call is a handful of short system calls, done where it stands: handing each to another thread would cost more than
//! the call itself when there are ten thousand of them.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;

use async_trait::async_trait;
use sha2::{Digest, Sha256};
use situs_provider::schema::{Mode, Schema};
use situs_provider::{Applied, Apply, Found, Lookup, Plan, Planned, Problem, Problems};
use situs_value::{Type, Value};

use crate::disk;
use crate::provider::{Place, Resource, found};
use situs_provider::attributes::{Check, attribute, get, or, path, schema, text, with};

/// The resource type.
pub struct LocalFile;

const OPEN: &str = "0644";
const SECRET: &str = "0600";

#[async_trait]
impl Resource for LocalFile {
    fn schema(&self) -> Schema {
        let secret = attribute(
            "sensitive_content",
            Type::String,
            Mode::Optional,
            "what is in it, kept out of sight",
        );
        schema(
            "A file on this machine.",
            [
                attribute(
                    "path",
                    Type::String,
                    Mode::Required,
                    "where it is; relative to the configuration",
                ),
                attribute("content", Type::String, Mode::Optional, "what is in it"),
                (secret.0, secret.1.sensitive()),
                attribute(
                    "mode",
                    Type::String,
                    Mode::OptionalComputed,
                    "its mode: `0644`, or `0600` for a sensitive content",
                ),
                attribute("id", Type::String, Mode::Computed, "its path"),
                attribute(
                    "sha256",
                    Type::String,
                    Mode::Computed,
                    "the SHA-256 of its content, in hexadecimal; null for a sensitive one, which could be guessed from it",
                ),
            ],
        )
    }

    fn validate(&self, config: &Value) -> Problems {
        let mut check = Check::default();
        check_path(&mut check, config);
        check_mode(&mut check, config);
        let both = !get(config, "content").is_null() && !get(config, "sensitive_content").is_null();
        check.that(
            !both,
            "content",
            "`content` and `sensitive_content` exclude each other",
            "keep one of them",
        );
        check.0
    }

    fn plan(&self, _: &Place, request: &Plan) -> Result<Planned, Problems> {
        let (config, proposed) = (&request.config, &request.proposed);
        let state = with(proposed, "mode", or(get(config, "mode"), default_mode(config).into()));
        let state = with(&state, "id", get(config, "path").clone());
        let state = with(&state, "sha256", digest_of(config));
        Ok(Planned::new(state, vec![path("path")], Vec::new()))
    }

    async fn read(&self, place: &Place, current: &Value) -> Result<Value, Problems> {
        let name = text(current, "path").unwrap_or_default();
        look(place, current, name).map_err(|e| vec![disk::problem("read", name, &e)])
    }

    async fn apply(&self, place: &Place, request: &Apply) -> Applied {
        let target = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        let name = text(target, "path").unwrap_or_default();
        let done = if request.planned.is_null() {
            disk::remove(&place.at(name)).map_err(|e| disk::problem("remove", name, &e))
        } else {
            make(place, request, name)
        };
        match done {
            Ok(()) => Applied::done(finished(&request.planned), Vec::new()),
            Err(problem) => Applied::failed(problem),
        }
    }

    /// A file carries no key, and needs none: one that holds what was planned is the one that was planned.
    async fn lookup(&self, place: &Place, request: &Lookup) -> Result<Found, Problems> {
        let known = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        let state = self.read(place, &finished(known)).await?;
        let strange = request.prior.is_null() && content_of(&state) != content_of(known);
        Ok(if strange { Found::Nothing } else { found(state) })
    }

    fn import(&self, place: &Place, id: &str) -> Result<Value, Problem> {
        let nothing = ["sensitive_content", "mode", "sha256"].map(|n| (n, Value::Null));
        let known = [("path", id.into()), ("id", id.into()), ("content", Value::string(""))];
        let state = Value::object(known.into_iter().chain(nothing));
        look(place, &state, id).map_err(|e| disk::problem("read", id, &e))
    }
}

/// The file as it is: what of `current` still holds stays as it was.
fn look(place: &Place, current: &Value, name: &str) -> io::Result<Value> {
    let file = place.at(name);
    let Some(metadata) = disk::found(fs::metadata(&file))?.filter(|m| m.is_file()) else {
        return Ok(Value::Null);
    };
    let Some(bytes) = disk::found(fs::read(&file))? else {
        return Ok(Value::Null);
    };
    let mode = disk::same_mode(text(current, "mode"), metadata.permissions().mode());
    let state = if text(current, "mode") == Some(&*mode) {
        current.clone()
    } else {
        with(current, "mode", mode)
    };
    let complete = is_secret(&state) || text(&state, "sha256").is_some();
    let same = complete && content_of(&state).as_bytes() == bytes;
    Ok(if same { state } else { with_content(&state, &bytes) })
}

fn with_content(state: &Value, bytes: &[u8]) -> Value {
    let holder = if is_secret(state) {
        "sensitive_content"
    } else {
        "content"
    };
    let nothing_was = bytes.is_empty() && get(state, holder).is_null();
    let content = if nothing_was {
        Value::Null
    } else {
        Value::string(String::from_utf8_lossy(bytes))
    };
    let digest = if is_secret(state) {
        Value::Null
    } else {
        sha256(bytes).into()
    };
    with(&with(state, holder, content), "sha256", digest)
}

fn make(place: &Place, request: &Apply, name: &str) -> Result<(), Problem> {
    let (planned, prior) = (&request.planned, &request.prior);
    let file = place.at(name);
    let content = content_of(planned).as_bytes();
    let mode = text(planned, "mode").and_then(disk::parse_mode).unwrap_or(0o600);
    let failed = |e| disk::problem("write", name, &e);
    if prior.is_null() && holds_something_else(&file, content).map_err(failed)? {
        return Err(in_the_way(name));
    }
    if !prior.is_null() && content_of(prior) == content_of(planned) && file.is_file() {
        return fs::set_permissions(&file, Permissions::from_mode(mode)).map_err(failed);
    }
    disk::write(&file, content, mode).map_err(failed)
}

/// A file that was there before is not ours to overwrite, unless it already is what it should be.
fn holds_something_else(file: &std::path::Path, content: &[u8]) -> io::Result<bool> {
    let Some(metadata) = disk::found(fs::metadata(file))? else {
        return Ok(false);
    };
    if metadata.len() != content.len() as u64 || !metadata.is_file() {
        return Ok(true);
    }
    Ok(fs::read(file)? != content)
}

fn in_the_way(name: &str) -> Problem {
    let detail = "It holds something else, and nothing in the state says that it is yours to overwrite. Move it away, or give another path.";
    Problem::error(format!("`{name}` is already there"), detail).at(path("path"))
}

/// The planned object with what was still unknown of it.
fn finished(planned: &Value) -> Value {
    if planned.is_null() || get(planned, "sha256").is_known() {
        return planned.clone();
    }
    let state = with(planned, "sha256", digest_of(planned));
    with(&state, "id", get(planned, "path").clone())
}

fn content_of(object: &Value) -> &str {
    text(object, "sensitive_content")
        .or_else(|| text(object, "content"))
        .unwrap_or_default()
}

fn digest_of(object: &Value) -> Value {
    let known = get(object, "content").is_known() && get(object, "sensitive_content").is_known();
    if known && is_secret(object) {
        Value::Null
    } else if known {
        sha256(content_of(object).as_bytes()).into()
    } else {
        Value::unknown(Type::String)
    }
}

fn default_mode(config: &Value) -> &'static str {
    if is_secret(config) { SECRET } else { OPEN }
}

fn is_secret(object: &Value) -> bool {
    !get(object, "sensitive_content").is_null()
}

/// The digest in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = [
        '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f',
    ];
    let digit = |nibble: u8| DIGITS.get(usize::from(nibble)).copied().unwrap_or('0');
    Sha256::digest(bytes)
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// A path names something.
pub fn check_path(check: &mut Check, config: &Value) {
    let fits = text(config, "path").is_none_or(|p| !p.is_empty() && !p.contains('\0'));
    check.that(
        fits,
        "path",
        "`path` is empty or holds a zero byte",
        "give the path of a file or directory",
    );
}

/// A mode is one.
pub fn check_mode(check: &mut Check, config: &Value) {
    let fits = text(config, "mode").is_none_or(|m| disk::parse_mode(m).is_some());
    check.that(
        fits,
        "mode",
        "`mode` is not a file mode",
        "write three or four octal digits in quotes: \"0644\"",
    );
}
