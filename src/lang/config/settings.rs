//! The settings of a user, from the file that Terraform calls its CLI configuration (developer.hashicorp.com/terraform/cli/config/config-file,
//! as of 2026-11): where providers come from. What it says of other things is passed over.

use std::collections::BTreeMap;

use crate::base::ports::World;
use crate::base::source::Sources;
use crate::base::span::Span;
use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::expand::attribute;
use crate::lang::syntax::ast::{Body, Expr, ExprKind, Item, ObjectKey, Statement};
use crate::lang::syntax::parse;

use super::declared::{head, label};
use super::plugin::{Pattern, PluginSource};

/// Settings that cannot be read.
pub const BAD_SETTINGS: Code = Code::new("E174", "settings that cannot be read");

/// Settings that are named and not there.
pub const NO_SETTINGS: Code = Code::new("W053", "settings that are named and not there");
/// A provider that is used as it lies in a directory.
pub const OVERRIDDEN: Code = Code::new("W054", "a provider that is used as it lies in a directory");

/// Variables of the environment that name the file.
const VARIABLES: [&str; 2] = ["SITUS_CLI_CONFIG_FILE", "TF_CLI_CONFIG_FILE"];
/// Where it is below the user's own directory, where none names it.
const FILES: [&str; 3] = [".situsrc", ".tofurc", ".terraformrc"];
/// What of a settings file is for others.
const PASSED_OVER: [&str; 7] = [
    "disable_checkpoint",
    "disable_checkpoint_signature",
    "credentials_helper",
    "host",
    "providers",
    "provisioners",
    "plugin_cache_may_break_dependency_lock_file",
];

/// What a user has set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// Providers that are used from a directory as they lie there, whatever is installed.
    pub overrides: Vec<(PluginSource, String)>,
    /// Where others come from, in this order; nothing where nothing is said.
    pub methods: Option<Vec<Method>>,
    /// A directory of packages for all configurations of the user.
    pub cache: Option<String>,
    /// What a host is shown, by its name.
    pub tokens: BTreeMap<String, String>,
}

/// One way that providers come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// Which way.
    pub way: Way,
    /// Only these; empty: all.
    pub include: Vec<Pattern>,
    /// None of these.
    pub exclude: Vec<Pattern>,
}

/// Where providers come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Way {
    /// From the registry that the source names.
    Direct,
    /// From a directory of packages.
    Directory(String),
    /// From a server that has copies of packages.
    Mirror(String),
}

impl Settings {
    /// What everybody should know who works with these.
    fn warning(&self) -> Option<Diagnostic> {
        let lines = self
            .overrides
            .iter()
            .map(|(source, directory)| format!("{source} in {directory}"));
        let said = Diagnostic::warning(
            OVERRIDDEN,
            "providers are used as they lie in a directory, by `dev_overrides`",
        );
        let said = lines.fold(said, |said, line| said.note(line));
        let said = said.help("take `dev_overrides` out of the settings to use what `situs init` installs");
        (!self.overrides.is_empty()).then_some(said)
    }
}

impl Method {
    /// Whether a provider may come this way.
    pub fn serves(&self, source: &PluginSource) -> bool {
        let among = |patterns: &[Pattern]| patterns.iter().any(|p| p.fits(source));
        (self.include.is_empty() || among(&self.include)) && !among(&self.exclude)
    }
}

/// Reads the settings; nothing is set where there is no file.
pub fn read(world: &dyn World, sources: &mut Sources) -> (Settings, Diagnostics) {
    let mut reading = Reading::default();
    if let Some((path, bytes)) = file(world, &mut reading.said) {
        let text = with_equals(&String::from_utf8_lossy(&bytes));
        let (file, said) = parse(sources.add(path.as_str(), text.as_str()), &text);
        reading.said.append(said);
        reading.all(&file.body);
    }
    if let Some(cache) = ["SITUS_PLUGIN_CACHE_DIR", "TF_PLUGIN_CACHE_DIR"]
        .iter()
        .find_map(|v| world.env(v))
    {
        reading.settings.cache = Some(cache).filter(|c| !c.is_empty());
    }
    reading.settings.cache = reading.settings.cache.take().map(|c| expanded(world, &c));
    reading.said.extend(reading.settings.warning());
    (reading.settings, reading.said)
}

/// The file and what it holds. One that is named should be there.
fn file(world: &dyn World, said: &mut Diagnostics) -> Option<(String, Vec<u8>)> {
    let named = VARIABLES.iter().find_map(|v| world.env(v).filter(|p| !p.is_empty()));
    if let Some(path) = named {
        match world.read(&path) {
            Ok(bytes) => return Some((path, bytes)),
            Err(e) => said.push(
                Diagnostic::warning(NO_SETTINGS, format!("the settings in `{path}` cannot be read: {e}"))
                    .help("correct `SITUS_CLI_CONFIG_FILE` or `TF_CLI_CONFIG_FILE`, or take it out of the environment"),
            ),
        }
        return None;
    }
    let home = world.env("HOME").filter(|h| h.starts_with('/'))?;
    let paths = FILES.iter().map(|name| format!("{home}/{name}"));
    paths
        .into_iter()
        .find_map(|path| Some((path.clone(), world.read(&path).ok()?)))
}

/// `dev_overrides { "source" = "directory" }` has keys that are texts: it is an object here.
fn with_equals(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("dev_overrides") {
        out.push_str(before);
        out.push_str("dev_overrides");
        let blank = after.strip_prefix([' ', '\t']).unwrap_or(after);
        if blank.trim_start_matches([' ', '\t']).starts_with('{') {
            out.push('=');
            rest = blank;
        } else {
            rest = after;
        }
    }
    out + rest
}

/// `$NAME` in a path.
fn expanded(world: &dyn World, path: &str) -> String {
    let mut pieces = path.split('$');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece
            .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
            .unwrap_or(piece.len());
        let (name, rest) = piece.split_at(end);
        out.push_str(&world.env(name).unwrap_or_default());
        out.push_str(rest);
    }
    out
}

#[derive(Default)]
struct Reading {
    settings: Settings,
    said: Diagnostics,
}

impl Reading {
    fn all(&mut self, body: &Body) {
        for item in &body.items {
            match item {
                Item::Attribute(a) if &*a.name.name == "plugin_cache_dir" => {
                    self.settings.cache = self.text(&a.value);
                }
                Item::Attribute(a) if PASSED_OVER.contains(&&*a.name.name) => {}
                Item::Statement(s) if &*s.word.name == "provider_installation" => self.installation(s),
                Item::Statement(s) if &*s.word.name == "credentials" => self.credentials(s),
                Item::Statement(s) if PASSED_OVER.contains(&&*s.word.name) => {}
                Item::Attribute(a) => self.strange(a.span),
                Item::Statement(s) => self.strange(head(s)),
                Item::Error(_) => {}
            }
        }
    }

    fn credentials(&mut self, block: &Statement) {
        let token = block.body.as_ref().and_then(|b| attribute(b, "token"));
        match (label(block, 0), token) {
            (Some(host), Some(token)) => {
                if let Some(token) = self.text(token) {
                    self.settings.tokens.insert(host.to_string(), token);
                }
            }
            _ => self.strange(head(block)),
        }
    }

    fn installation(&mut self, block: &Statement) {
        let mut methods = Vec::new();
        for item in block.body.iter().flat_map(|b| &b.items) {
            match item {
                Item::Attribute(a) if &*a.name.name == "dev_overrides" => self.overrides(&a.value),
                Item::Statement(s) => methods.extend(self.method(s)),
                Item::Attribute(a) => self.strange(a.span),
                Item::Error(_) => {}
            }
        }
        self.settings.methods = Some(methods);
    }

    fn overrides(&mut self, object: &Expr) {
        let ExprKind::Object(items) = &object.kind else {
            return self.strange(object.span);
        };
        for item in items {
            let key = match &item.key {
                ObjectKey::Name(name) => Some(name.name.to_string()),
                ObjectKey::Expr(e) => e.as_text().map(str::to_owned),
            };
            let source = key.and_then(|k| PluginSource::parse(&k).ok());
            match (source, self.text(&item.value)) {
                (Some(source), Some(directory)) => self.settings.overrides.push((source, directory)),
                (None, _) => self.strange(item.value.span),
                (_, None) => {}
            }
        }
    }

    fn method(&mut self, block: &Statement) -> Option<Method> {
        let body = block.body.as_ref();
        let mut given = |name: &str| match body.and_then(|b| attribute(b, name)) {
            Some(value) => self.text(value),
            None => {
                self.strange(head(block));
                None
            }
        };
        let way = match &*block.word.name {
            "direct" => Way::Direct,
            "filesystem_mirror" => Way::Directory(given("path")?),
            "network_mirror" => Way::Mirror(given("url")?),
            _ => {
                self.strange(head(block));
                return None;
            }
        };
        Some(Method {
            way,
            include: self.patterns(body, "include"),
            exclude: self.patterns(body, "exclude"),
        })
    }

    fn patterns(&mut self, body: Option<&Body>, name: &str) -> Vec<Pattern> {
        let Some(list) = body.and_then(|b| attribute(b, name)) else {
            return Vec::new();
        };
        let ExprKind::Tuple(elements) = &list.kind else {
            self.strange(list.span);
            return Vec::new();
        };
        let one = |e: &std::sync::Arc<Expr>| {
            let pattern = e.as_text().and_then(Pattern::parse);
            if pattern.is_none() {
                self.strange(e.span);
            }
            pattern
        };
        elements.iter().filter_map(one).collect()
    }

    fn text(&mut self, value: &Expr) -> Option<String> {
        let text = value.as_text().map(str::to_owned);
        if text.is_none() {
            self.strange(value.span);
        }
        text
    }

    fn strange(&mut self, span: Span) {
        self.said.push(
            Diagnostic::error(BAD_SETTINGS, "the settings hold something that is not understood")
                .at(span, "not understood")
                .help("write `provider_installation { … }` with `dev_overrides`, `filesystem_mirror`, `network_mirror` and `direct`, `plugin_cache_dir` and `credentials`, all in plain texts"),
        );
    }
}
