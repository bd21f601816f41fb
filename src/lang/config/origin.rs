//! `source` of a module: a directory beside the file, or a package from elsewhere and a directory in it.

use super::lock::Package;

/// Where a module comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// A directory, seen from the file that calls it.
    Beside(&'a str),
    /// Something that is fetched.
    Fetched {
        /// What is fetched.
        package: Package,
        /// The directory in it; empty: all of it.
        inside: String,
    },
}

impl<'a> Source<'a> {
    /// Reads a source; `Err` says what is wrong with it.
    pub fn read(text: &'a str, constraint: Option<&str>) -> Result<Self, &'static str> {
        let beside = text == "." || text == ".." || text.starts_with("./") || text.starts_with("../");
        if beside && constraint.is_some() {
            return Err("a directory has no versions: take `version` out");
        }
        if beside {
            return Ok(Source::Beside(text));
        }
        if text.is_empty() || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err("it is no address");
        }
        let (source, inside) = split(text);
        if inside.split('/').any(|part| part == "..") {
            return Err("the directory behind `//` lies in the package");
        }
        if constraint.is_some() && !is_registry(&source) {
            return Err(
                "only modules of a registry have versions; for a repository write `?ref=TAG` behind its address",
            );
        }
        let package = Package {
            source,
            constraint: constraint.map(str::to_owned),
        };
        Ok(Source::Fetched { package, inside })
    }
}

/// The address and the directory behind `//`; what stands behind `?` belongs to the address.
pub(crate) fn split(text: &str) -> (String, String) {
    let (path, query) = match text.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (text, String::new()),
    };
    let start = path.find("://").map_or(0, |at| at + 3);
    let (head, tail) = path.split_at_checked(start).unwrap_or(("", path));
    match tail.split_once("//") {
        Some((address, inside)) => (format!("{head}{address}{query}"), inside.trim_matches('/').to_owned()),
        None => (text.to_owned(), String::new()),
    }
}

/// `NAMESPACE/NAME/SYSTEM`, with a host in front or not.
pub(crate) fn is_registry(source: &str) -> bool {
    let parts: Vec<&str> = source.split('/').collect();
    let word = |p: &&str| !p.is_empty() && p.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'));
    let host = |h: &str| h.contains('.') || h.starts_with("localhost:") || h == "localhost";
    match parts.as_slice() {
        [a, b, c] => [a, b, c].iter().all(|p| word(p)) && !source.contains("::"),
        [h, a, b, c] => {
            let elsewhere = ["github.com", "bitbucket.org", "gitlab.com"].contains(h);
            host(h) && !elsewhere && [a, b, c].iter().all(|p| word(p)) && !h.contains("::") && !h.contains('@')
        }
        _ => false,
    }
}
