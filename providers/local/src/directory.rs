//! `local_directory`: a directory, and what is in it is somebody else's: it is not destroyed with it unless `force_destroy` says so.

use std::fs::{self, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;

use async_trait::async_trait;
use situs_provider::schema::{Mode, Schema};
use situs_provider::{Applied, Apply, Found, Lookup, Plan, Planned, Problem, Problems};
use situs_value::{Type, Value};

use crate::disk;
use crate::file::{check_mode, check_path};
use crate::provider::{Place, Resource, found};
use situs_provider::attributes::{Check, attribute, get, or, path, schema, text, with};

/// The resource type.
pub struct LocalDirectory;

#[async_trait]
impl Resource for LocalDirectory {
    fn schema(&self) -> Schema {
        schema(
            "A directory on this machine. One that is there already is taken over.",
            [
                attribute(
                    "path",
                    Type::String,
                    Mode::Required,
                    "where it is; relative to the configuration",
                ),
                attribute("mode", Type::String, Mode::OptionalComputed, "its mode: `0755`"),
                attribute(
                    "force_destroy",
                    Type::Bool,
                    Mode::Optional,
                    "whether all that is in it is destroyed with it",
                ),
                attribute("id", Type::String, Mode::Computed, "its path"),
            ],
        )
    }

    fn validate(&self, config: &Value) -> Problems {
        let mut check = Check::default();
        check_path(&mut check, config);
        check_mode(&mut check, config);
        check.0
    }

    fn plan(&self, _: &Place, request: &Plan) -> Result<Planned, Problems> {
        let state = with(
            &request.proposed,
            "mode",
            or(get(&request.config, "mode"), "0755".into()),
        );
        let state = with(&state, "id", get(&request.config, "path").clone());
        Ok(Planned::new(state, vec![path("path")], Vec::new()))
    }

    async fn read(&self, place: &Place, current: &Value) -> Result<Value, Problems> {
        let name = text(current, "path").unwrap_or_default();
        look(place, current, name).map_err(|e| vec![disk::problem("read", name, &e)])
    }

    async fn apply(&self, place: &Place, request: &Apply) -> Applied {
        if request.planned.is_null() {
            return destroy(place, &request.prior);
        }
        let name = text(&request.planned, "path").unwrap_or_default();
        let state = with(&request.planned, "id", name);
        match make(place, &state, name) {
            Ok(()) => Applied::done(state, Vec::new()),
            Err(error) => Applied::failed(disk::problem("make the directory", name, &error)),
        }
    }

    async fn lookup(&self, place: &Place, request: &Lookup) -> Result<Found, Problems> {
        let known = if request.planned.is_null() {
            &request.prior
        } else {
            &request.planned
        };
        let known = with(known, "id", get(known, "path").clone());
        Ok(found(self.read(place, &known).await?))
    }

    fn import(&self, place: &Place, id: &str) -> Result<Value, Problem> {
        let nothing = ["mode", "force_destroy"].map(|n| (n, Value::Null));
        let state = Value::object([("path", id.into()), ("id", id.into())].into_iter().chain(nothing));
        look(place, &state, id).map_err(|e| disk::problem("read", id, &e))
    }
}

fn look(place: &Place, current: &Value, name: &str) -> io::Result<Value> {
    let Some(metadata) = disk::found(fs::metadata(place.at(name)))?.filter(|m| m.is_dir()) else {
        return Ok(Value::Null);
    };
    let mode = disk::same_mode(text(current, "mode"), metadata.permissions().mode());
    Ok(with(current, "mode", mode))
}

fn make(place: &Place, state: &Value, name: &str) -> io::Result<()> {
    let directory = place.at(name);
    let mode = text(state, "mode").and_then(disk::parse_mode).unwrap_or(0o700);
    fs::create_dir_all(&directory)?;
    fs::set_permissions(&directory, Permissions::from_mode(mode))
}

fn destroy(place: &Place, prior: &Value) -> Applied {
    let name = text(prior, "path").unwrap_or_default();
    let directory = place.at(name);
    let all = get(prior, "force_destroy").as_bool() == Some(true);
    let removed = if all {
        fs::remove_dir_all(&directory)
    } else {
        fs::remove_dir(&directory)
    };
    match removed {
        Ok(()) => Applied::done(Value::Null, Vec::new()),
        Err(e) if e.kind() == ErrorKind::NotFound => Applied::done(Value::Null, Vec::new()),
        Err(e) if e.kind() == ErrorKind::DirectoryNotEmpty => Applied {
            problems: vec![kept(name)],
            ..Applied::done(Value::Null, Vec::new())
        },
        Err(e) => Applied::failed(disk::problem("remove the directory", name, &e)),
    }
}

fn kept(name: &str) -> Problem {
    let detail = "Data outlives what made it. Remove the directory yourself, or set `force_destroy = true` and apply before you destroy.";
    Problem::warning(
        format!("the directory `{name}` is kept, because something is in it"),
        detail,
    )
}
