//! The types of the values that attributes and heads take, with what messages call them and an example of each.

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ty {
    /// A text.
    Text,
    /// `true` or `false`.
    Bool,
    /// Texts by name.
    Map,
    /// A whole number within bounds, both included.
    Whole(u64, u64),
    /// How many: `400k`, or a plain number.
    Count,
    /// `60%`
    Percent,
    /// A time, kept in milliseconds.
    Duration,
    /// A round trip, kept in tenths of a millisecond.
    Latency,
    /// An amount of data, kept in bytes.
    Size,
    /// Data per time, kept in bits per second.
    Bandwidth,
    /// Processors, kept in vcpu.
    Cpu,
    /// An amount of money.
    Money,
    /// Money per this unit.
    Price(&'static str),
    /// A day.
    Date,
    /// A country or a subdivision.
    Place,
    /// The countries or subdivisions that something lies in.
    Territories,
    /// A set of places.
    Places,
    /// A declared site, or a set of places.
    Whence,
    /// Latitude and longitude.
    Coordinates,
    /// A class of data.
    Class,
    /// What copies are spread across.
    Dimension,
    /// A declared thing, by its name.
    Thing(Thing),
    /// One word of a fixed set.
    Word(&'static [&'static str]),
    /// The number of a port, or `auto`.
    Port,
    /// A bare name or a text that its block resolves.
    Name(&'static str),
    /// Several of something.
    List(&'static Ty),
    /// An expression that is kept as written; what its value is, with its article.
    Raw(&'static str),
}

/// What can be declared and referred to by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is its word")]
pub enum Thing {
    Operator,
    Site,
    Population,
    Key,
    Dataset,
    Service,
    Jurisdiction,
    Residency,
}

impl Thing {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Operator,
        Self::Site,
        Self::Population,
        Self::Key,
        Self::Dataset,
        Self::Service,
        Self::Jurisdiction,
        Self::Residency,
    ];

    /// The word of the block that declares it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Operator => "operator",
            Self::Site => "site",
            Self::Population => "population",
            Self::Key => "key",
            Self::Dataset => "dataset",
            Self::Service => "service",
            Self::Jurisdiction => "jurisdiction",
            Self::Residency => "residency",
        }
    }

    /// `a site`, `an operator`
    pub fn noun(self) -> &'static str {
        match self {
            Self::Operator => "an operator",
            Self::Site => "a site",
            Self::Population => "a population",
            Self::Key => "a key",
            Self::Dataset => "a dataset",
            Self::Service => "a service",
            Self::Jurisdiction => "a jurisdiction",
            Self::Residency => "a residency block",
        }
    }

    /// The thing that a word declares.
    pub fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|t| t.word() == word)
    }
}

impl Ty {
    /// What a value of it is called, with its article.
    pub fn noun(self) -> String {
        match self {
            Self::Thing(thing) => thing.noun().to_owned(),
            Self::Word(words) => format!("one of {}", quoted(words)),
            Self::Whole(min, u64::MAX) => format!("a whole number, at least {min}"),
            Self::Whole(min, max) => format!("a whole number from {min} to {max}"),
            Self::Price(per) => format!("a price per {}", per.replace('/', " and ")),
            Self::List(ty) => format!("a list of {}", ty.plural()),
            Self::Name(what) | Self::Raw(what) => what.to_owned(),
            other => other.simple().to_owned(),
        }
    }

    fn simple(self) -> &'static str {
        match self {
            Self::Text => "a text",
            Self::Bool => "`true` or `false`",
            Self::Map => "an object of texts",
            Self::Count => "a count",
            Self::Percent => "a percentage",
            Self::Duration | Self::Latency => "a duration",
            Self::Size => "a data size",
            Self::Bandwidth => "a bandwidth",
            Self::Cpu => "a number of vcpus",
            Self::Money => "an amount of money",
            Self::Date => "a day",
            Self::Place => "a country or a subdivision",
            Self::Territories => "a country or a subdivision, or a list of them",
            Self::Places => "a set of places",
            Self::Whence => "a site or a set of places",
            Self::Coordinates => "a pair of coordinates",
            Self::Class => "a class of data",
            Self::Dimension => "something that sites differ in",
            Self::Port => "the number of a port, or `auto`",
            _ => "a value",
        }
    }

    /// Several values of it: `sites`.
    pub fn plural(self) -> String {
        match self {
            Self::Thing(thing) if thing == Thing::Residency => "residency blocks".to_owned(),
            Self::Thing(thing) => format!("{}s", thing.word()),
            Self::Text => "texts".to_owned(),
            Self::Word(words) => format!("the words {}", quoted(words)),
            Self::Whence => "sites and places".to_owned(),
            other => other.noun(),
        }
    }

    /// How one is written, for help lines.
    pub fn example(self) -> String {
        match self {
            Self::Word(words) => (*words.first().unwrap_or(&"")).to_owned(),
            Self::Thing(thing) => thing.word().to_uppercase(),
            Self::Price(per) => format!("0.05EUR/{per}"),
            Self::Whole(min, _) => min.max(1).to_string(),
            Self::List(ty) => format!("[{}]", ty.example()),
            other => other.simple_example().to_owned(),
        }
    }

    fn simple_example(self) -> &'static str {
        match self {
            Self::Text | Self::Name(_) => "\"…\"",
            Self::Bool => "true",
            Self::Map => "{ rack = \"a1\" }",
            Self::Count => "400k",
            Self::Percent => "60%",
            Self::Duration => "24h",
            Self::Latency => "15ms",
            Self::Size => "4GiB",
            Self::Bandwidth => "200Mbps",
            Self::Cpu => "2vcpu",
            Self::Money => "10EUR",
            Self::Date => "2027-06-30",
            Self::Place => "DE",
            Self::Territories => "DE-BY",
            Self::Places => "EEA | CH",
            Self::Whence => "EEA",
            Self::Coordinates => "[50.11, 8.68]",
            Self::Class => "personal.health",
            Self::Dimension => "site.operator",
            Self::Port => "8443",
            _ => "…",
        }
    }
}

/// ``a`, `b` and `c``
pub fn quoted(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => "none".to_owned(),
    }
}
