//! Files, read through the port, and names of files. Paths are relative to the configuration's directory.

use situs_value::Value;

use crate::lang::eval::scope::Scope;

use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "abspath",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The path from the root.",
        example: ("abspath(\"/a/b\")", "\"/a/b\""),
        run: |v, s| Ok(absolute(text(v, 0), s)),
    },
    Function {
        name: "basename",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The last part of a path.",
        example: ("basename(\"a/b.txt\")", "\"b.txt\""),
        run: |v, _| Ok(text(v, 0).trim_end_matches('/').rsplit('/').next().unwrap_or("").into()),
    },
    Function {
        name: "dirname",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "A path without its last part.",
        example: ("dirname(\"a/b.txt\")", "\"a\""),
        run: |v, _| {
            Ok(text(v, 0)
                .rsplit_once('/')
                .map_or(".", |(d, _)| if d.is_empty() { "/" } else { d })
                .into())
        },
    },
    Function {
        name: "file",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text of a file.",
        example: ("basename(\"a/b\")", "\"b\""),
        run: |v, s| file(text(v, 0), s),
    },
    Function {
        name: "fileexists",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Whether there is such a file.",
        example: ("fileexists(\"/nowhere/at/all\")", "false"),
        run: |v, s| Ok(Value::Bool(s.world().is_some_and(|w| w.read(text(v, 0)).is_ok()))),
    },
];

fn file(path: &str, scope: &Scope) -> Result<Value, String> {
    let world = scope.world().ok_or("files cannot be read here")?;
    let bytes = world
        .read(path)
        .map_err(|e| format!("the file {path:?} cannot be read: {e}"))?;
    String::from_utf8(bytes)
        .map(Value::from)
        .map_err(|_| format!("the file {path:?} is no UTF-8 text"))
}

fn absolute(path: &str, scope: &Scope) -> Value {
    if path.starts_with('/') {
        return path.into();
    }
    let root = scope.world().map(|w| w.root()).unwrap_or_default();
    format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches("./")).into()
}
