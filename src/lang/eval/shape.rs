//! The shape of the intent: every declared thing with its values, worked out from variables, locals, functions and files alone. No
//! resource and no data source decides it (language.md §5), so that residency and placement are settled before any provider is
//! called. `lang/config/blocks` fills it, `model` reads it, `run/lower` makes resources of it.
//!
//! Everything carries the span it was written at, because every finding shows it. Things are kept by name in name order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{Date, Number, Quantity, Value};

use crate::base::addr::Addr;
use crate::base::geo::{Coordinates, Place, PlaceSet};
use crate::base::span::{Span, Spanned};
use crate::lang::syntax::ast;

/// The name of a declared thing: `fra1`; with a key where it has instances: `ehr["eu"]`.
pub type Name = Arc<str>;

/// A name and where it is used.
pub type Use = Spanned<Name>;

/// All declared things of a configuration.
#[derive(Clone, Debug, Default)]
pub struct Shape {
    /// Who runs sites.
    pub operators: BTreeMap<Name, Operator>,
    /// Where things can be.
    pub sites: BTreeMap<Name, Site>,
    /// How sites are joined.
    pub links: Vec<Link>,
    /// Who is served.
    pub populations: BTreeMap<Name, Population>,
    /// What decrypts.
    pub keys: BTreeMap<Name, Key>,
    /// What is kept.
    pub datasets: BTreeMap<Name, Dataset>,
    /// How labels are weakened.
    pub derives: Vec<Derive>,
    /// What runs.
    pub services: BTreeMap<Name, Service>,
    /// Resources written by hand that are at a site, by address: of the instance, or of the block where its instances are known later.
    pub resources: BTreeMap<Addr, AtSite>,
    /// What the law, or the owner of the data, says.
    pub residencies: BTreeMap<Name, Residency>,
    /// What a good placement is.
    pub objective: Objective,
}

/// `resource "aws_s3_bucket" "raw" { at = site.fra1, holds = [dataset.records] }`
#[derive(Clone, Debug)]
pub struct AtSite {
    /// Where it is.
    pub site: Use,
    /// The datasets of which it keeps a copy.
    pub holds: Vec<Use>,
    /// Its block's head.
    pub span: Span,
}

/// `operator amazon { incorporated = US }`
#[derive(Clone, Debug)]
pub struct Operator {
    /// Its name.
    pub name: Name,
    /// The country it is incorporated in; without it, the law over it is unknown.
    pub incorporated: Option<Spanned<Place>>,
    /// Who owns it.
    pub owned_by: Vec<Ownership>,
    /// Its declaration's head.
    pub span: Span,
}

/// One owner.
#[derive(Clone, Debug)]
pub struct Ownership {
    /// Who.
    pub operator: Use,
    /// How much of it, as a fraction of 1; absent: in control.
    pub share: Option<Number>,
}

/// `site fra1 { … }`
#[derive(Clone, Debug)]
pub struct Site {
    /// Its name.
    pub name: Name,
    /// What kind of place.
    pub kind: SiteKind,
    /// The territories it lies in: one, or several for a site that moves; empty is unknown.
    pub territories: BTreeSet<Place>,
    /// Where `in` is written.
    pub territories_span: Option<Span>,
    /// Its coordinates.
    pub at: Option<Coordinates>,
    /// Who runs it.
    pub operator: Option<Use>,
    /// Where its control plane sits; absent is unknown.
    pub managed_from: Option<Spanned<Whence>>,
    /// Where its support sits; absent: where it is managed from.
    pub support_from: Vec<Spanned<Whence>>,
    /// How much fits, by dimension (`cpu` in vcpu, `memory` and `disk` in bytes); a dimension that is absent is unlimited.
    pub capacity: BTreeMap<Name, Number>,
    /// What a unit costs, by dimension (`cpu`, `memory`, `disk`, `egress`).
    pub price: BTreeMap<Name, Quantity>,
    /// What it has: `gpu:l4`.
    pub traits: BTreeSet<Name>,
    /// Free labels.
    pub labels: BTreeMap<Name, Name>,
    /// Whether traffic between other sites may pass through it.
    pub relays: Relays,
    /// How things run there; absent: `local`.
    pub runtime: Option<RuntimeUse>,
    /// What `each` is in it, where it is one of several.
    pub each: Option<Value>,
    /// Its declaration's head.
    pub span: Span,
}

/// `region | datacenter | edge`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum SiteKind {
    /// A cloud region.
    Region,
    /// A data center.
    #[default]
    Datacenter,
    /// An edge box.
    Edge,
}

/// `relays = true`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Relays {
    /// It is only an end.
    #[default]
    No,
    /// It passes traffic on.
    Yes,
}

/// A site or a place that something is done from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Whence {
    /// A declared site.
    Site(Name),
    /// Places.
    Places(PlaceSet),
}

/// `runtime local { … }` in a site: which runtime, and its settings as written.
#[derive(Clone, Debug)]
pub struct RuntimeUse {
    /// Which.
    pub name: Use,
    /// Its settings; evaluated when resources are made.
    pub settings: Option<Arc<ast::Body>>,
}

/// `link fra1 -- ward7 { … }`
#[derive(Clone, Debug)]
pub struct Link {
    /// One end.
    pub from: Use,
    /// The other.
    pub to: Use,
    /// Which ways.
    pub arrow: ast::Arrow,
    /// Round trip in tenths of a millisecond; absent: estimated from coordinates.
    pub latency: Option<u64>,
    /// In bits per second.
    pub bandwidth: Option<Number>,
    /// What it crosses; absent is unknown.
    pub via: Option<Spanned<PlaceSet>>,
    /// Who carries it.
    pub carrier: Option<Use>,
    /// How it is sealed.
    pub sealed: Sealed,
    /// Its declaration's head.
    pub span: Span,
}

/// `sealed = e2e | tls`
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sealed {
    /// In the clear.
    #[default]
    No,
    /// Hop by hop; the carrier's ends read it.
    Tls,
    /// End to end.
    EndToEnd,
}

/// `population patients_de { in = DE, users = 400k }`
#[derive(Clone, Debug)]
pub struct Population {
    /// Its name.
    pub name: Name,
    /// Where it is.
    pub places: PlaceSet,
    /// How many.
    pub users: Option<Number>,
    /// Its declaration's head.
    pub span: Span,
}

/// `key k_eu { held_at = munich, under = clinic }`
#[derive(Clone, Debug)]
pub struct Key {
    /// Its name.
    pub name: Name,
    /// The site it is held at.
    pub held_at: Option<Use>,
    /// Who holds it; absent: the operator of its site.
    pub under: Option<Use>,
    /// Its declaration's head.
    pub span: Span,
}

/// A class of data, a path in the tree of classes: `personal.health` lies below `personal`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Class(pub Vec<Name>);

impl Class {
    /// Whether it is `other` or lies below it, by whole segments.
    pub fn is_within(&self, other: &Self) -> bool {
        self.0.starts_with(&other.0)
    }
}

impl std::fmt::Display for Class {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0.join("."))
    }
}

/// `dataset records { … }`
#[derive(Clone, Debug)]
pub struct Dataset {
    /// Its name.
    pub name: Name,
    /// What kind of data; absent is unknown.
    pub class: Option<Spanned<Class>>,
    /// Whose data; absent is unknown.
    pub people_in: Option<Spanned<PlaceSet>>,
    /// How many people or rows, for laws with thresholds.
    pub volume: Option<Number>,
    /// In bytes.
    pub size: Option<Number>,
    /// The sites where it comes into being.
    pub collected_at: Vec<Use>,
    /// Pinned copies, the first is the primary.
    pub at: Vec<Use>,
    /// How many stored copies.
    pub replicas: u64,
    /// How the copies spread.
    pub spread: Vec<Spread>,
    /// The key over its stored copies.
    pub encrypted_by: Option<Use>,
    /// Backups.
    pub backup: Option<Backup>,
    /// For how many milliseconds it is kept.
    pub keep: Option<u64>,
    /// Its declaration's head.
    pub span: Span,
}

/// `backup { every = 24h, keep = 30d, to = [munich], encrypted_by = k_eu }`
#[derive(Clone, Debug)]
pub struct Backup {
    /// Where to; empty: where the copies are.
    pub to: Vec<Use>,
    /// Between two, in milliseconds.
    pub every: Option<u64>,
    /// For how many milliseconds one is kept.
    pub keep: Option<u64>,
    /// The key over them.
    pub encrypted_by: Option<Use>,
    /// The block's head.
    pub span: Span,
}

/// `spread across site.operator`
#[derive(Clone, Debug)]
pub struct Spread {
    /// What no two may share.
    pub across: Dimension,
    /// Must, or should.
    pub strength: Strength,
    /// Where it is written.
    pub span: Span,
}

/// What copies can be spread across.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// `site`
    Site,
    /// `site.operator`
    Operator,
    /// `site.in.country`
    Country,
    /// `site.kind`
    Kind,
    /// `site.labels.X`
    Label(Name),
}

/// Whether a wish is a must.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// It must hold.
    Hard,
    /// It should.
    Soft,
}

/// `derive scores from records by pseudonymous(…) asserted by "…" because "…"`
#[derive(Clone, Debug)]
pub struct Derive {
    /// What comes out.
    pub into: Use,
    /// What goes in.
    pub from: Vec<Use>,
    /// How the label is weakened.
    pub by: Spanned<Alternative>,
    /// Who says so.
    pub asserted_by: Option<Spanned<Name>>,
    /// Why.
    pub because: Option<Spanned<Name>>,
    /// All of it.
    pub span: Span,
}

/// `service triage { … }`
#[derive(Clone, Debug)]
pub struct Service {
    /// Its name.
    pub name: Name,
    /// How many run.
    pub replicas: u64,
    /// In vcpu.
    pub cpu: Option<Number>,
    /// In bytes.
    pub memory: Option<Number>,
    /// In bytes.
    pub disk: Option<Number>,
    /// Traits that its site must have.
    pub needs: Vec<Spanned<Name>>,
    /// Pinned sites.
    pub at: Vec<Use>,
    /// How the replicas spread.
    pub spread: Vec<Spread>,
    /// Datasets it reads.
    pub reads: Vec<Use>,
    /// Datasets it writes.
    pub writes: Vec<Use>,
    /// Services it calls.
    pub calls: Vec<Call>,
    /// Services its logs go to.
    pub logs_to: Vec<Use>,
    /// Who it serves.
    pub serves: Vec<Serves>,
    /// What it listens on.
    pub ports: Vec<Port>,
    /// How one sees that it is well.
    pub health: Option<Health>,
    /// Where replicas may go when a site is lost.
    pub failover: Option<Spanned<PlaceSet>>,
    /// Secrets by name: where each comes from, as written.
    pub secrets: Vec<(Use, Arc<ast::Expr>)>,
    /// What is evaluated when resources are made, because it may speak of the site: `image command env working_directory restart`.
    pub late: BTreeMap<Name, Arc<ast::Expr>>,
    /// What `each` is in it, where it is one of several.
    pub each: Option<Value>,
    /// Its declaration's head.
    pub span: Span,
}

/// `calls triage { within = 15ms, … }`
#[derive(Clone, Debug)]
pub struct Call {
    /// Who is called.
    pub service: Use,
    /// Round trip at most, in tenths of a millisecond.
    pub within: Option<Spanned<u64>>,
    /// In bits per second.
    pub traffic: Option<Number>,
    /// What goes out; absent: all that the caller holds.
    pub carries: Option<Spanned<Vec<Use>>>,
    /// What comes back; absent: all that the called one holds.
    pub returns: Option<Spanned<Vec<Use>>>,
    /// The sites it goes through, ends included, where they are given.
    pub route: Option<Spanned<Vec<Use>>>,
    /// All of it.
    pub span: Span,
}

/// `serves patients_de { port = 8443, within = 30ms }`
#[derive(Clone, Debug)]
pub struct Serves {
    /// Who.
    pub population: Use,
    /// Round trip at most, in tenths of a millisecond.
    pub within: Option<Spanned<u64>>,
    /// On which port.
    pub port: Option<Spanned<u16>>,
    /// All of it.
    pub span: Span,
}

/// `port http { number = 8443 }`
#[derive(Clone, Debug)]
pub struct Port {
    /// Its name.
    pub name: Name,
    /// Its number; absent: `auto`. Replicas on one site count up.
    pub number: Option<u16>,
    /// Its head.
    pub span: Span,
}

/// `health http { path = "/healthz", every = 5s }`
#[derive(Clone, Debug)]
pub struct Health {
    /// `http` or `tcp`.
    pub kind: HealthKind,
    /// What is asked for over HTTP.
    pub path: Name,
    /// The name of the port; absent: the first.
    pub port: Option<Use>,
    /// Between two looks, in milliseconds.
    pub every: u64,
    /// How long one look may take, in milliseconds.
    pub timeout: u64,
    /// How long it may take from the start to the first good look, in milliseconds.
    pub within: u64,
    /// Its head.
    pub span: Span,
}

/// How one looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HealthKind {
    /// `GET path` answers 2xx or 3xx.
    Http,
    /// The port takes connections.
    Tcp,
}

/// `residency gdpr on dataset where … { rules }`
#[derive(Clone, Debug)]
pub struct Residency {
    /// Its name.
    pub name: Name,
    /// Which datasets it is about.
    pub selector: Selector,
    /// What it says; a conjunction, order means nothing.
    pub rules: Vec<Rule>,
    /// Its head.
    pub span: Span,
}

/// Which datasets a residency block is about. Unknown facts make it unknown, and unknown is not "no".
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selector {
    /// Every one.
    All,
    /// `class <= personal.health`
    ClassWithin(Class),
    /// `class == personal`
    ClassIs(Class),
    /// `people_in & EEA`
    PeopleIn(PlaceSet),
    /// `volume > 1M`
    Volume(Comparison, Number),
    /// `name == "records"`, or a list of names after `on`
    Named(Name),
    /// `! …`
    Not(Box<Selector>),
    /// `… & …`
    And(Vec<Selector>),
    /// `… | …`
    Or(Vec<Selector>),
}

/// How two numbers are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is its sign")]
pub enum Comparison {
    Lt,
    Le,
    Gt,
    Ge,
    Eq,
    Ne,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// What it says.
    pub kind: RuleKind,
    /// What it accepts instead, any of these.
    pub unless: Vec<Spanned<Alternative>>,
    /// All of it.
    pub span: Span,
}

/// What a rule says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// `store, process only in EEA`
    Restrict {
        /// Which modes.
        modes: Vec<Mode>,
        /// Which kinds; empty is every kind.
        kinds: Vec<Kind>,
        /// Only, or never.
        polarity: Polarity,
        /// Which axis.
        preposition: Preposition,
        /// The places.
        places: PlaceSet,
        /// The places as written.
        written: Name,
    },
    /// `store at least 2 of replica in EU`
    AtLeast {
        /// How many.
        count: u64,
        /// Of which kinds; empty: primary and replica.
        kinds: Vec<Kind>,
        /// Where.
        places: PlaceSet,
        /// The places as written.
        written: Name,
    },
    /// `collect first in RU`
    CollectFirst {
        /// Where.
        places: PlaceSet,
        /// The places as written.
        written: Name,
    },
    /// `strictly in EU`: every mode.
    Strictly {
        /// Where.
        places: PlaceSet,
        /// The places as written.
        written: Name,
    },
    /// `keep at most 72h`, `keep at least 24h in DE`
    Keep {
        /// Whether it is a lower bound.
        bound: Bound,
        /// In milliseconds.
        millis: u64,
        /// Where; absent: everywhere.
        places: Option<PlaceSet>,
    },
    /// `never compellable by US, CN`
    NeverCompellable {
        /// By whose law.
        places: PlaceSet,
        /// The places as written.
        written: Name,
    },
    /// A form that the engine knows and does not check yet: the verdict cannot be "proved" while one applies.
    Unchecked {
        /// The rule's words.
        words: Name,
    },
}

/// Lower or upper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bound {
    /// At least.
    AtLeast,
    /// At most.
    AtMost,
}

/// What is done with data.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is its word")]
pub enum Mode {
    Store,
    Process,
    Transit,
    Access,
    Manage,
    Decrypt,
}

/// In which role a copy is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs, reason = "each is its word")]
pub enum Kind {
    Primary,
    Replica,
    Backup,
    Log,
    Cache,
    Index,
    Dump,
    Queue,
}

/// `only` or `never`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Polarity {
    /// Closed world: nowhere else.
    Only,
    /// Not there.
    Never,
}

/// Which axis a rule speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preposition {
    /// Territory.
    In,
    /// A named site's territory; checked as [`Preposition::In`].
    At,
    /// Law over the operator.
    Under,
    /// What a route crosses.
    Via,
    /// Where someone sits who reaches for the data.
    From,
    /// The law over someone who reaches for the data.
    By,
}

/// What a rule accepts instead, and what a derivation does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// `encrypted(keys in EEA under EEA)`
    Encrypted {
        /// Where the keys must be.
        keys_in: Option<PlaceSet>,
        /// Under whose law.
        keys_under: Option<PlaceSet>,
    },
    /// `sealed(e2e)`
    Sealed,
    /// `pseudonymous(table in EEA)`, `pseudonymous(table at munich)`
    Pseudonymous {
        /// Where the table must be.
        table_in: Option<PlaceSet>,
        /// The site that holds the table.
        table_at: Option<Use>,
    },
    /// `aggregate(min 50)`
    Aggregate {
        /// The smallest group.
        min: u64,
    },
    /// `anonymous`
    Anonymous,
    /// `tee(attested)`
    Tee,
    /// `transient(24h)`
    Transient {
        /// In milliseconds.
        millis: u64,
    },
    /// `covered by scc, bcr`
    CoveredBy(Vec<Name>),
}

/// `placement { minimize = [cost, latency] }`
#[derive(Clone, Debug, Default)]
pub struct Objective {
    /// In this order; empty: cost, then latency.
    pub minimize: Vec<Goal>,
    /// What moving one replica costs.
    pub move_price: Option<Quantity>,
    /// Its head.
    pub span: Option<Span>,
}

/// What is made small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Money.
    Cost,
    /// Round trips of calls and users.
    Latency,
}

/// A date as residency reads it.
pub type Day = Date;
