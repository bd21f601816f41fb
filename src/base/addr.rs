//! What things are called: `module.m["k"].service.ehr["key"]@fra1[replica].type.name[i]`.
//!
//! Every part is optional but one: a resource alone (`local_file.a`), a placed thing alone (`service.ehr@fra1`), or a resource below a
//! placed thing (`service.ehr@fra1.local_process.main[0]`). Addresses order by their parts, so that sorted lists are stable.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The address of a resource instance, of a placed thing, or of a module. Cheap to clone.
#[derive(Clone)]
pub struct Addr(Arc<Hashed>);

/// Parts, and a digest of them for tables that are looked up: it never decides an order.
struct Hashed {
    hash: u64,
    parts: Parts,
}

impl PartialEq for Addr {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || (self.0.hash == other.0.hash && self.0.parts == other.0.parts)
    }
}

impl Eq for Addr {}

impl PartialOrd for Addr {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Addr {
    fn cmp(&self, other: &Self) -> Ordering {
        match Arc::ptr_eq(&self.0, &other.0) {
            true => Ordering::Equal,
            false => self.0.parts.cmp(&other.0.parts),
        }
    }
}

impl Hash for Addr {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0.hash);
    }
}

impl fmt::Debug for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.parts().fmt(f)
    }
}

/// The parts of an [`Addr`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Parts {
    /// The modules from the root inwards.
    pub modules: Vec<Step>,
    /// The service or dataset on a site that the resource was made for.
    pub placed: Option<Placed>,
    /// The resource.
    pub resource: Option<Resource>,
}

/// `module.name["key"]`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Step {
    /// The name of the call.
    pub name: Arc<str>,
    /// The key of the instance, where the call has `count` or `for_each`.
    pub key: Option<Key>,
}

/// `service.ehr["key"]@fra1[replica]`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Placed {
    /// The kind of thing: `service` or `dataset`.
    pub kind: Arc<str>,
    /// Its name.
    pub name: Arc<str>,
    /// The key of the instance, where it has `for_each`.
    pub key: Option<Key>,
    /// The site it is on.
    pub site: Option<Arc<str>>,
    /// One replica of it.
    pub replica: Option<u64>,
}

/// `type.name[key]`, `data.type.name[key]`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resource {
    /// Managed or read.
    pub mode: Mode,
    /// The type, as the provider names it.
    pub type_name: Arc<str>,
    /// The name in the configuration.
    pub name: Arc<str>,
    /// The key of the instance, where it has `count` or `for_each`.
    pub key: Option<Key>,
}

/// Whether the engine manages a resource or only reads it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// `resource`
    Managed,
    /// `data`
    Data,
    /// `ephemeral`
    Ephemeral,
}

impl Mode {
    /// The word of its block.
    pub fn word(self) -> &'static str {
        match self {
            Mode::Managed => "resource",
            Mode::Data => "data",
            Mode::Ephemeral => "ephemeral",
        }
    }

    /// The mode of addresses and references that start with this word; nothing where it is a type.
    pub fn of_reference(word: &str) -> Option<Self> {
        [Mode::Data, Mode::Ephemeral]
            .into_iter()
            .find(|mode| mode.word() == word)
    }
}

/// `[0]` or `["eu"]`
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Of `count`.
    Index(u64),
    /// Of `for_each`.
    Name(Arc<str>),
}

/// `ehr["eu"]` as its name and its key.
pub fn split_key(name: &str) -> (&str, Option<Key>) {
    let Some((base, _)) = name.split_once('[') else {
        return (name, None);
    };
    let rest = name.strip_prefix(base).unwrap_or_default();
    match (Parser { rest }).key() {
        Ok(key) => (base, key),
        Err(_) => (name, None),
    }
}

impl Placed {
    /// Its name with its key: what the intent calls it.
    pub fn thing(&self) -> Arc<str> {
        match &self.key {
            None => self.name.clone(),
            Some(key) => format!("{}{key}", self.name).into(),
        }
    }
}

impl Addr {
    /// An address of these parts.
    pub fn new(parts: Parts) -> Self {
        let mut hasher = DefaultHasher::new();
        parts.hash(&mut hasher);
        let hash = hasher.finish();
        Self(Arc::new(Hashed { hash, parts }))
    }

    /// A managed resource of the root module.
    pub fn resource(type_name: &str, name: &str, key: Option<Key>) -> Self {
        let resource = Resource {
            mode: Mode::Managed,
            type_name: type_name.into(),
            name: name.into(),
            key,
        };
        Self::new(Parts {
            resource: Some(resource),
            ..Parts::default()
        })
    }

    /// A service or dataset on a site.
    pub fn placed(kind: &str, name: &str, site: &str) -> Self {
        let (name, key) = split_key(name);
        let placed = Placed {
            kind: kind.into(),
            name: name.into(),
            key,
            site: Some(site.into()),
            replica: None,
        };
        Self::new(Parts {
            placed: Some(placed),
            ..Parts::default()
        })
    }

    /// Its parts.
    pub fn parts(&self) -> &Parts {
        &self.0.parts
    }

    /// The site that its name carries.
    pub fn site(&self) -> Option<&str> {
        self.0.parts.placed.as_ref().and_then(|p| p.site.as_deref())
    }

    /// The same address with a resource below it.
    #[must_use]
    pub fn with_resource(&self, type_name: &str, name: &str, key: Option<Key>) -> Self {
        let resource = Resource {
            mode: Mode::Managed,
            type_name: type_name.into(),
            name: name.into(),
            key,
        };
        Self::new(Parts {
            resource: Some(resource),
            ..self.parts().clone()
        })
    }

    /// The same address with another key of the resource's instance.
    #[must_use]
    pub fn with_key(&self, key: Option<Key>) -> Self {
        let mut parts = self.parts().clone();
        if let Some(resource) = parts.resource.as_mut() {
            resource.key = key;
        }
        Self::new(parts)
    }

    /// The same address without the key of the resource's instance: what names the block that declares it.
    #[must_use]
    pub fn without_key(&self) -> Self {
        match self.0.parts.resource.as_ref().and_then(|r| r.key.as_ref()) {
            Some(_) => self.with_key(None),
            None => self.clone(),
        }
    }

    /// The same address without the keys of the resource's instance and of its modules: what names the block in the configuration.
    #[must_use]
    pub fn without_keys(&self) -> Self {
        let block = self.without_key();
        let parts = block.parts();
        if parts.modules.iter().all(|step| step.key.is_none()) {
            return block;
        }
        let step = |step: &Step| Step {
            name: step.name.clone(),
            key: None,
        };
        Self::new(Parts {
            modules: parts.modules.iter().map(step).collect(),
            ..parts.clone()
        })
    }

    /// The modules that it lies in, innermost last: with the keys of their instances, and without.
    pub fn within(&self) -> Vec<Self> {
        let mut all = Vec::new();
        for end in 1..=self.0.parts.modules.len() {
            let modules = self.0.parts.modules.iter().take(end).cloned().collect();
            let module = Self::new(Parts {
                modules,
                ..Parts::default()
            });
            let bare = module.without_keys();
            if bare != module {
                all.push(bare);
            }
            all.push(module);
        }
        all
    }

    /// Whether `other` is this one or lies below it: what `-target` means.
    pub fn covers(&self, other: &Self) -> bool {
        let (a, b) = (self.parts(), other.parts());
        if a.placed.is_none() && a.resource.is_none() {
            return b.modules.starts_with(&a.modules);
        }
        a.modules == b.modules && covers_placed(a, b) && covers_resource(a, b)
    }
}

fn covers_placed(a: &Parts, b: &Parts) -> bool {
    match (&a.placed, &b.placed) {
        (None, None) => true,
        (Some(a), Some(b)) => {
            a.kind == b.kind
                && a.name == b.name
                && (a.key.is_none() || a.key == b.key)
                && (a.site.is_none() || a.site == b.site)
                && (a.replica.is_none() || a.replica == b.replica)
        }
        _ => false,
    }
}

fn covers_resource(a: &Parts, b: &Parts) -> bool {
    match (&a.resource, &b.resource) {
        (None, _) => true,
        (Some(a), Some(b)) => {
            (a.mode, &a.type_name, &a.name) == (b.mode, &b.type_name, &b.name) && (a.key.is_none() || a.key == b.key)
        }
        (Some(_), None) => false,
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut dot = "";
        for step in &self.0.parts.modules {
            write!(f, "{dot}module.{}{}", step.name, key_text(step.key.as_ref()))?;
            dot = ".";
        }
        if let Some(placed) = &self.0.parts.placed {
            write!(
                f,
                "{dot}{}.{}{}",
                placed.kind,
                placed.name,
                key_text(placed.key.as_ref())
            )?;
            if let Some(site) = &placed.site {
                write!(f, "@{site}")?;
            }
            if let Some(replica) = placed.replica {
                write!(f, "[{replica}]")?;
            }
            dot = ".";
        }
        if let Some(resource) = &self.0.parts.resource {
            let (mode, after) = match resource.mode {
                Mode::Managed => ("", ""),
                mode => (mode.word(), "."),
            };
            write!(
                f,
                "{dot}{mode}{after}{}.{}{}",
                resource.type_name,
                resource.name,
                key_text(resource.key.as_ref())
            )?;
        }
        Ok(())
    }
}

fn key_text(key: Option<&Key>) -> String {
    key.map(Key::to_string).unwrap_or_default()
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Key::Index(i) => write!(f, "[{i}]"),
            Key::Name(name) => {
                let quoted = name.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
                write!(f, "[\"{quoted}\"]")
            }
        }
    }
}

impl FromStr for Addr {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        Parser { rest: text }
            .addr()
            .map_err(|what| format!("`{text}` is no address: {what}"))
    }
}

impl Serialize for Addr {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Addr {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// Reads an address from left to right.
struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn addr(mut self) -> Result<Addr, String> {
        let mut parts = Parts::default();
        loop {
            let word = self.word()?;
            match word.as_str() {
                "module" => {
                    self.expect('.')?;
                    let step = Step {
                        name: self.word()?.into(),
                        key: self.key()?,
                    };
                    parts.modules.push(step);
                }
                "service" | "dataset" if parts.placed.is_none() => parts.placed = Some(self.placed(&word)?),
                word => {
                    let mode = Mode::of_reference(word);
                    let type_name = match mode {
                        Some(_) => {
                            self.expect('.')?;
                            self.word()?
                        }
                        None => word.to_owned(),
                    };
                    parts.resource = Some(self.resource(mode.unwrap_or(Mode::Managed), &type_name)?);
                }
            }
            if self.rest.is_empty() {
                return Ok(Addr::new(parts));
            }
            if parts.resource.is_some() {
                return Err(format!("`{}` follows the resource", self.rest));
            }
            self.expect('.')?;
        }
    }

    fn placed(&mut self, kind: &str) -> Result<Placed, String> {
        self.expect('.')?;
        let name = self.word()?.into();
        let key = self.key()?;
        let site = if self.eat('@') { Some(self.site()?) } else { None };
        let replica = match self.key()? {
            Some(Key::Index(i)) => Some(i),
            Some(Key::Name(_)) => return Err("a replica is a number".to_owned()),
            None => None,
        };
        Ok(Placed {
            kind: kind.into(),
            name,
            key,
            site,
            replica,
        })
    }

    /// `fra1`, `edge["a"]`. A number behind it is a replica's.
    fn site(&mut self) -> Result<Arc<str>, String> {
        let name = self.word()?;
        match self.rest.starts_with("[\"") {
            false => Ok(name.into()),
            true => Ok(format!("{name}{}", key_text(self.key()?.as_ref())).into()),
        }
    }

    fn resource(&mut self, mode: Mode, type_name: &str) -> Result<Resource, String> {
        self.expect('.')?;
        Ok(Resource {
            mode,
            type_name: type_name.into(),
            name: self.word()?.into(),
            key: self.key()?,
        })
    }

    fn word(&mut self) -> Result<String, String> {
        let end = self
            .rest
            .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
            .unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at_checked(end).unwrap_or((self.rest, ""));
        if word.is_empty() {
            return Err(self.missing("a name"));
        }
        self.rest = rest;
        Ok(word.to_owned())
    }

    fn key(&mut self) -> Result<Option<Key>, String> {
        if !self.eat('[') {
            return Ok(None);
        }
        let key = if self.eat('"') {
            Key::Name(self.quoted()?.into())
        } else {
            Key::Index(self.index()?)
        };
        self.expect(']')?;
        Ok(Some(key))
    }

    fn index(&mut self) -> Result<u64, String> {
        let word = self.word()?;
        word.parse().map_err(|_| {
            format!("`{word}` is neither a number nor a quoted key (a shell takes quotes away: write '…[\"{word}\"]')")
        })
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut text = String::new();
        let mut chars = self.rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match c {
                '"' => {
                    self.rest = self.rest.get(at + 1..).unwrap_or("");
                    return Ok(text);
                }
                '\\' => match chars.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, c)) => text.push(c),
                    None => break,
                },
                c => text.push(c),
            }
        }
        Err("a quote is not closed".to_owned())
    }

    fn eat(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), String> {
        if self.eat(c) {
            Ok(())
        } else {
            Err(self.missing(&format!("`{c}`")))
        }
    }

    fn missing(&self, what: &str) -> String {
        match self.rest {
            "" => format!("{what} is missing at its end"),
            rest => format!("{what} is missing before `{rest}`"),
        }
    }
}
