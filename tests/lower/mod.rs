//! Lowering: what is placed becomes instances, with ports, environments, providers and the order between them.

use std::collections::BTreeMap;
use std::sync::Arc;

use situs::base::geo::Coordinates;
use situs::base::ports::World;
use situs::base::span::Spanned;
use situs::base::{Addr, SourceId, Sources, Span};
use situs::lang::config::{Config, Request, load};
use situs::lang::eval::instance::{Instance, NoObjects};
use situs::lang::eval::shape::{
    Call, Dataset, Health, HealthKind, Name, Port, RuntimeUse, Service, Site, SiteKind, Use,
};
use situs::lang::syntax::parse_expr;
use situs::model::assignment::{Assignment, Thing};
use situs::run::lower::{Lowered, lower};
use situs::run::provider::Registry;
use situs::run::provider::registry::Available;
use situs_provider::schema::{Attribute, Block, Kind, Mode, Nesting, ProviderSchema, Schema};
use situs_provider::{
    Applied, Apply, Configure, Found, Import, Imported, Lookup, Plan, Planned, Problems, Provider, Read, ReadAnswer,
    Upgrade,
};
use situs_value::{Type, Value};

use crate::config::{messages, world};

/// Says what `local` looks like and does nothing.
struct Looks;

fn attributes(list: &[(&str, Type, Mode)]) -> BTreeMap<Arc<str>, Attribute> {
    list.iter()
        .map(|(n, ty, mode)| ((*n).into(), Attribute::new(ty.clone(), *mode, "")))
        .collect()
}

fn resource(attributes: BTreeMap<Arc<str>, Attribute>) -> Schema {
    Schema {
        version: 0,
        block: Block {
            attributes,
            ..Block::default()
        },
    }
}

fn process() -> Schema {
    let texts = Type::map(Type::String);
    let mut all = attributes(&[
        ("name", Type::String, Mode::Required),
        ("command", Type::list(Type::String), Mode::Required),
        ("environment", texts.clone(), Mode::Optional),
        ("working_directory", Type::String, Mode::Optional),
        ("host", Type::String, Mode::Optional),
        ("ports", Type::map(Type::Number), Mode::Optional),
        ("restart", Type::String, Mode::OptionalComputed),
        ("pid", Type::Number, Mode::Computed),
    ]);
    let mut secrets = Attribute::new(texts, Mode::Optional, "").sensitive();
    secrets.write_only = true;
    all.insert("secrets".into(), secrets);
    let health = [
        ("kind", Type::String, Mode::Required),
        ("path", Type::String, Mode::Optional),
        ("port", Type::Number, Mode::Required),
        ("every_ms", Type::Number, Mode::Optional),
        ("timeout_ms", Type::Number, Mode::Optional),
        ("within_ms", Type::Number, Mode::Optional),
    ];
    let health = Kind::Nested {
        nesting: Nesting::Single,
        attributes: attributes(&health),
    };
    let mut attribute = Attribute::new(Type::Dynamic, Mode::Optional, "");
    attribute.kind = health;
    all.insert("health".into(), attribute);
    resource(all)
}

impl Looks {
    fn looks() -> ProviderSchema {
        let provider = Block {
            attributes: attributes(&[("root", Type::String, Mode::Optional)]),
            ..Block::default()
        };
        let file = attributes(&[
            ("path", Type::String, Mode::Required),
            ("content", Type::String, Mode::Optional),
            ("id", Type::String, Mode::Computed),
        ]);
        let directory = attributes(&[("path", Type::String, Mode::Required)]);
        let resources = [
            ("local_process", process()),
            ("local_file", resource(file)),
            ("local_directory", resource(directory)),
        ];
        ProviderSchema {
            provider,
            resources: resources.map(|(n, s)| (n.into(), s)).into(),
            ..ProviderSchema::default()
        }
    }
}

#[async_trait::async_trait]
impl Provider for Looks {
    fn schema(&self) -> Arc<ProviderSchema> {
        Arc::new(Self::looks())
    }
    async fn validate_config(&self, _: &Value) -> Problems {
        Vec::new()
    }
    async fn configure(&self, _: Configure) -> Problems {
        Vec::new()
    }
    async fn validate_resource(&self, _: &str, _: &Value) -> Problems {
        Vec::new()
    }
    async fn upgrade(&self, request: Upgrade) -> Result<Value, Problems> {
        Ok(request.state)
    }
    async fn read(&self, _: Read) -> Result<ReadAnswer, Problems> {
        Err(Vec::new())
    }
    async fn plan(&self, _: Plan) -> Result<Planned, Problems> {
        Err(Vec::new())
    }
    async fn apply(&self, request: Apply) -> Applied {
        Applied::done(request.planned, Vec::new())
    }
    async fn import(&self, _: Import) -> Result<Vec<Imported>, Problems> {
        Err(Vec::new())
    }
    async fn read_data(&self, _: &str, _: &Value) -> Result<Value, Problems> {
        Err(Vec::new())
    }
    async fn lookup(&self, _: Lookup) -> Result<Found, Problems> {
        Ok(Found::CannotTell)
    }
    async fn stop(&self) {}
}

fn registry() -> Registry {
    let runtime = include_str!("../../providers/local/runtime.situs");
    Registry::new([Available::new("local", runtime, Arc::new(|| Arc::new(Looks)))])
}

/// Builds a small world: files, then sites, services and datasets by hand, then where they are.
struct Small {
    sources: Sources,
    config: Config,
    said: Vec<String>,
    assignment: Assignment,
}

fn span() -> Span {
    Span::new(SourceId(0), 0, 0)
}

fn used(name: &str) -> Use {
    Spanned::new(name.into(), span())
}

impl Small {
    fn new(files: &[(&str, &str)]) -> Self {
        let mut sources = Sources::new();
        let request = Request {
            runtimes: registry().runtimes(),
            ..Request::default()
        };
        let world: Arc<dyn World> = world(files, &[]);
        let (config, said) = load(&world, &mut sources, &request);
        let said = messages(said, &sources);
        Self {
            sources,
            config,
            said,
            assignment: Assignment::default(),
        }
    }

    fn site(&mut self, name: &str, at: Option<(i64, i64)>) -> &mut Site {
        let site = Site {
            each: None,
            name: name.into(),
            kind: SiteKind::Region,
            territories: [situs::base::geo::Place::parse("DE-BY").unwrap()].into(),
            territories_span: None,
            at: at.and_then(|(a, b)| Coordinates::new(a * 1_000_000, b * 1_000_000)),
            operator: Some(used("clinic")),
            managed_from: None,
            support_from: Vec::new(),
            capacity: BTreeMap::new(),
            price: BTreeMap::new(),
            traits: Default::default(),
            labels: [("zone".into(), "a".into())].into(),
            relays: Default::default(),
            runtime: None,
            span: span(),
        };
        self.config.shape.sites.insert(name.into(), site);
        self.config.shape.sites.get_mut(name).unwrap()
    }

    fn service(&mut self, name: &str, sites: &[&str]) -> &mut Service {
        let service = Service {
            each: None,
            name: name.into(),
            replicas: sites.len() as u64,
            cpu: None,
            memory: None,
            disk: None,
            needs: Vec::new(),
            at: Vec::new(),
            spread: Vec::new(),
            reads: Vec::new(),
            writes: Vec::new(),
            calls: Vec::new(),
            logs_to: Vec::new(),
            serves: Vec::new(),
            ports: Vec::new(),
            health: None,
            failover: None,
            secrets: Vec::new(),
            late: BTreeMap::new(),
            span: span(),
        };
        let sites: Vec<Name> = sites.iter().map(|s| (*s).into()).collect();
        self.assignment.set(&Thing::Service(name.into()), sites);
        self.config.shape.services.insert(name.into(), service);
        self.late(name, "command", "[\"run\"]");
        self.config.shape.services.get_mut(name).unwrap()
    }

    fn late(&mut self, service: &str, name: &str, text: &str) {
        let source = self.sources.add(format!("{service}.{name}"), text);
        let (expr, said) = parse_expr(source, text);
        assert!(said.is_empty());
        let service = self.config.shape.services.get_mut(service).unwrap();
        service.late.insert(name.into(), Arc::new(expr));
    }

    fn dataset(&mut self, name: &str, sites: &[&str]) {
        let dataset = Dataset {
            name: name.into(),
            class: None,
            people_in: None,
            volume: None,
            size: None,
            collected_at: Vec::new(),
            at: Vec::new(),
            replicas: sites.len() as u64,
            spread: Vec::new(),
            encrypted_by: None,
            backup: None,
            keep: None,
            span: span(),
        };
        let sites: Vec<Name> = sites.iter().map(|s| (*s).into()).collect();
        self.assignment.set(&Thing::Dataset(name.into()), sites);
        self.config.shape.datasets.insert(name.into(), dataset);
    }

    fn lower(&self) -> (Lowered, Vec<String>) {
        let (lowered, said) = lower(&self.config, &self.assignment, &registry());
        (lowered, messages(said, &self.sources))
    }

    /// Everything went well.
    fn lowered(&self) -> Lowered {
        assert_eq!(self.said, Vec::<String>::new());
        let (lowered, said) = self.lower();
        assert_eq!(said, Vec::<String>::new());
        lowered
    }

    /// What is wrong.
    fn wrong(&self, wanted: &[&str]) {
        let (_, said) = self.lower();
        assert_eq!(said.len(), wanted.len(), "{said:#?}");
        for (message, wanted) in said.iter().zip(wanted) {
            assert!(message.contains(wanted), "{message:?} does not contain {wanted:?}");
        }
    }
}

fn port(name: &str, number: Option<u16>) -> Port {
    Port {
        name: name.into(),
        number,
        span: span(),
    }
}

fn call(name: &str) -> Call {
    Call {
        service: used(name),
        within: None,
        traffic: None,
        carries: None,
        returns: None,
        route: None,
        span: span(),
    }
}

fn addresses(lowered: &Lowered) -> Vec<String> {
    lowered.instances.iter().map(|i| i.addr.to_string()).collect()
}

fn instance<'a>(lowered: &'a Lowered, addr: &str) -> &'a Instance {
    let addr: Addr = addr.parse().unwrap();
    lowered.instances.iter().find(|i| i.addr == addr).unwrap()
}

fn value(lowered: &Lowered, addr: &str) -> Value {
    let (value, said) = instance(lowered, addr).evaluate(&NoObjects);
    assert!(said.is_empty(), "{said:?}");
    value
}

fn environment(lowered: &Lowered, addr: &str) -> BTreeMap<String, String> {
    let value = value(lowered, addr);
    let environment = value.get("environment").unwrap().attributes().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    environment.iter().map(|(k, v)| (k.to_string(), text(v))).collect()
}

const NOTHING: &[(&str, &str)] = &[("main.situs", "locals { nothing = 0 }")];

/// The clinic of the quickstart, as far as lowering sees it.
fn clinic(files: &[(&str, &str)]) -> Small {
    let mut small = Small::new(files);
    small.site("munich", Some((48, 11)));
    small.site("dublin", Some((53, -6)));
    small.site("ashburn", Some((39, -77)));
    small.dataset("records", &["munich"]);
    small.dataset("statistics", &["ashburn"]);
    let intake = small.service("intake", &["munich"]);
    intake.writes = vec![used("records")];
    intake.calls = vec![call("triage")];
    intake.ports = vec![port("http", Some(8701))];
    intake.health = Some(Health {
        kind: HealthKind::Http,
        path: "/healthz".into(),
        port: None,
        every: 5000,
        timeout: 1000,
        within: 5000,
        span: span(),
    });
    let triage = small.service("triage", &["dublin", "munich", "munich"]);
    triage.reads = vec![used("records")];
    triage.ports = vec![port("http", Some(8711))];
    let dashboard = small.service("dashboard", &["ashburn"]);
    dashboard.calls = vec![call("triage")];
    dashboard.ports = vec![port("http", None)];
    small.late(
        "dashboard",
        "env",
        "{ TITLE = \"Beds in ${self.site.name}\", NONE = null, D = dataset.records.endpoint }",
    );
    small
}

#[test]
fn services_and_datasets_become_instances() {
    let lowered = clinic(NOTHING).lowered();
    assert_eq!(
        addresses(&lowered),
        [
            "dataset.records@munich.local_directory.data",
            "dataset.statistics@ashburn.local_directory.data",
            "service.dashboard@ashburn.local_process.main[0]",
            "service.intake@munich.local_process.main[0]",
            "service.triage@dublin.local_process.main[0]",
            "service.triage@munich.local_process.main[0]",
            "service.triage@munich.local_process.main[1]",
        ]
    );
    let intake = instance(&lowered, "service.intake@munich.local_process.main[0]");
    assert_eq!(
        (intake.site.as_deref(), &*intake.provider),
        (Some("munich"), "local@munich")
    );
    let config = value(&lowered, "service.intake@munich.local_process.main[0]");
    assert_eq!(config.get("name"), Some(&Value::from("intake-0")));
    assert_eq!(config.get("host"), Some(&Value::from("127.0.0.1")));
    let data = value(&lowered, "dataset.records@munich.local_directory.data");
    assert_eq!(data.get("path"), Some(&Value::from(".situs/sites/munich/data/records")));
    assert_eq!(config.get("secrets"), Some(&Value::Null));
    let health = config.get("health").unwrap();
    assert_eq!(health.get("port"), Some(&Value::from(8701_u64)));
    assert_eq!(health.get("path"), Some(&Value::from("/healthz")));
    let providers: Vec<&str> = lowered.providers.keys().map(|k| &**k).collect();
    assert_eq!(providers, ["local@ashburn", "local@dublin", "local@munich"]);
    let root = lowered.providers["local@munich"].config.get("root").unwrap().clone();
    assert_eq!(root, Value::from(".situs/sites/munich"));
}

#[test]
fn a_replica_is_told_who_it_is_and_where_the_others_are() {
    let lowered = clinic(NOTHING).lowered();
    let intake = environment(&lowered, "service.intake@munich.local_process.main[0]");
    let wanted = [
        ("SITUS_CALL_TRIAGE", "127.0.0.1:8712"),
        ("SITUS_CALL_TRIAGE_ALL", "127.0.0.1:8712,127.0.0.1:8713,127.0.0.1:8711"),
        ("SITUS_DATA_RECORDS", "/memory/.situs/sites/munich/data/records"),
        ("SITUS_HOST", "127.0.0.1"),
        ("SITUS_PORT_HTTP", "8701"),
        ("SITUS_REPLICA", "0"),
        ("SITUS_SERVICE", "intake"),
        ("SITUS_SITE", "munich"),
    ];
    let wanted: BTreeMap<String, String> = wanted.map(|(a, b)| (a.to_owned(), b.to_owned())).into();
    assert_eq!(intake, wanted);
    let dashboard = environment(&lowered, "service.dashboard@ashburn.local_process.main[0]");
    assert_eq!(dashboard["SITUS_CALL_TRIAGE"], "127.0.0.1:8711");
    assert_eq!(dashboard["TITLE"], "Beds in ashburn");
    assert_eq!(dashboard["D"], "/memory/.situs/sites/munich/data/records");
    assert!(!dashboard.contains_key("NONE"));
    let found: u16 = dashboard["SITUS_PORT_HTTP"].parse().unwrap();
    assert!((15_000..32_768).contains(&found));
    let second = environment(&lowered, "service.triage@munich.local_process.main[1]");
    assert_eq!((&*second["SITUS_PORT_HTTP"], &*second["SITUS_REPLICA"]), ("8713", "1"));
}

#[test]
fn callers_wait_for_the_called_unless_in_a_circle() {
    let mut small = clinic(NOTHING);
    let needs = |lowered: &Lowered, addr: &str| -> Vec<String> {
        instance(lowered, addr)
            .dependencies
            .iter()
            .map(Addr::to_string)
            .collect()
    };
    let lowered = small.lowered();
    assert_eq!(
        needs(&lowered, "service.intake@munich.local_process.main[0]"),
        [
            "dataset.records@munich.local_directory.data",
            "service.triage@dublin.local_process.main",
            "service.triage@munich.local_process.main",
        ]
    );
    small.config.shape.services.get_mut("triage").unwrap().calls = vec![call("intake"), call("triage")];
    let lowered = small.lowered();
    let data = ["dataset.records@munich.local_directory.data"];
    assert_eq!(needs(&lowered, "service.intake@munich.local_process.main[0]"), data);
    assert_eq!(needs(&lowered, "service.triage@dublin.local_process.main[0]"), data);
    assert_eq!(
        needs(&lowered, "service.dashboard@ashburn.local_process.main[0]").len(),
        2
    );
}

#[test]
fn ports_that_clash_show_both_services() {
    let mut small = clinic(NOTHING);
    small.service("other", &["dublin"]).ports = vec![port("http", Some(8712)), port("last", Some(65535))];
    small.service("wide", &["dublin", "dublin"]).ports = vec![port("http", Some(65535))];
    small.wrong(&[
        "E164 main.situs:1:1 `service.other` at dublin and `service.triage` at munich both need port 8712 | needs it too",
        "E164 main.situs:1:1 `service.other` at dublin and `service.wide` at dublin both need port 65535",
        "E164 main.situs:1:1 there is no port 65536 | the replicas of `wide` count up to it",
    ]);
}

#[test]
fn found_ports_are_stable_and_never_the_same() {
    let mut small = Small::new(NOTHING);
    small.site("a", None);
    let many = vec!["a"; 2000];
    small.service("one", &many).ports = vec![port("p", None), port("q", None)];
    let ports = |small: &Small| -> BTreeMap<String, String> {
        let lowered = small.lowered();
        let of = |i: &Instance| {
            let (value, _) = i.evaluate(&NoObjects);
            let ports = value.get("ports").unwrap().clone();
            (
                i.addr.to_string(),
                format!("{:?} {:?}", ports.get("p").unwrap(), ports.get("q").unwrap()),
            )
        };
        lowered.instances.iter().map(of).collect()
    };
    let first = ports(&small);
    let mut all: Vec<&str> = first
        .values()
        .flat_map(|v| v.split(' '))
        .filter(|w| w.len() > 3)
        .collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
    small.service("aaa", &["a"]).ports = vec![port("p", None), port("q", None)];
    let second = ports(&small);
    let moved = first.iter().filter(|(k, v)| second[*k] != **v).count();
    assert!(moved < 10, "{moved} ports moved");
}

#[test]
fn secrets_are_out_of_sight() {
    let mut small = Small::new(&[("main.situs", "locals { a = 1 }"), ("token", "s3cret")]);
    small.site("a", None);
    small.service("one", &["a"]);
    let (expr, _) = parse_expr(SourceId(0), "file(\"token\")");
    small.config.shape.services.get_mut("one").unwrap().secrets = vec![(used("TOKEN"), Arc::new(expr))];
    let lowered = small.lowered();
    let secrets = value(&lowered, "service.one@a.local_process.main[0]")
        .get("secrets")
        .unwrap()
        .clone();
    assert!(secrets.is_sensitive());
    assert_eq!(secrets.unmarked_deep().get("TOKEN"), Some(&Value::from("s3cret")));
    assert!(small.config.files().contains_key("token"));
    assert!(!environment(&lowered, "service.one@a.local_process.main[0]").contains_key("TOKEN"));
}

#[test]
fn wrong_late_attributes_are_told_once_with_their_place() {
    let file = "terraform {\n  required_providers {\n    local = { source = \"builtin/situs/local\" }\n  }\n}\nresource local_file f { path = \"x\" }";
    let mut small = Small::new(&[("main.situs", file)]);
    small.site("a", None);
    small.site("b", None);
    small.service("one", &["a", "b"]);
    small.late(
        "one",
        "env",
        "{ A = self.site.nam, B = service.two.endpoints[0], C = service.on.endpoint }",
    );
    small.service("two", &["a"]);
    small.late("two", "command", "\"run\"");
    small.service("three", &["a"]);
    small.late("three", "env", "{ ID = local_file.f.id }");
    small.service("four", &["a"]);
    small.late("four", "image", "\"x\"");
    small.wrong(&[
        "E101 one.env:1:17 there is no attribute `nam` | not there | did you mean `name`?",
        "E101 one.env:1:",
        "E101 one.env:1:",
        "E165 two.command:1:1 `command` of a service takes a list, `list(string)`",
        "E165 three.env:1:1 `env` of a service must be known before anything is made | needs `local_file.f`, which is made later",
        "W012 four.image:1:1 `image` of `service.four` has no effect | the runtime `local` does not carry it out",
    ]);
}

#[test]
fn a_service_without_what_the_runtime_needs_is_told() {
    let mut small = Small::new(NOTHING);
    small.site("a", None);
    small.service("one", &["a"]).late.clear();
    small.config.shape.services.get_mut("one").unwrap().calls = vec![call("two")];
    small.service("two", &["a"]);
    small.wrong(&[
        "E166 main.situs:1:1 `service.one` cannot run: it has no `command` | the runtime `local` needs `command`",
    ]);
    small.late("one", "command", "[\"x\"]");
    small.wrong(&[
        "W011 main.situs:1:1 `one` calls `two`, which has no port | its address is not told | add `port http {}`",
    ]);
}

const HAND: &str = r#"
terraform {
  required_providers {
    local = { source = "builtin/situs/local" }
  }
}
provider local { root = "here" }
provider local { alias = "other" }
locals {
  first = service.triage.endpoint
}
resource "local_file" "a" {
  count   = 2
  path    = "a${count.index}"
  content = local.first
}
resource "local_file" "b" {
  for_each = toset(["x", "y"])
  provider = local.other
  path     = each.key
  content  = local_file.a[0].id
}
resource "local_file" "c" {
  at         = site.dublin
  path       = "c"
  depends_on = [dataset.statistics]
  content = "${self.site.name} ${self.site.country} ${join(",", service.triage.endpoints)} ${dataset.records.class == null}"
}
output ends  { value = service.triage.endpoints }
output kinds { value = [for n, s in site : s.kind] }
output id    { value = local_file.a[*].id }
site dublin { in = IE }
"#;

#[test]
fn resources_by_hand_stand_beside() {
    let small = clinic(&[("main.situs", HAND)]);
    let lowered = small.lowered();
    let by_hand: Vec<String> = addresses(&lowered)
        .into_iter()
        .filter(|a| a.starts_with("local_file"))
        .collect();
    assert_eq!(
        by_hand,
        [
            "local_file.a[0]",
            "local_file.a[1]",
            "local_file.b[\"x\"]",
            "local_file.b[\"y\"]",
            "local_file.c"
        ]
    );
    assert_eq!(
        value(&lowered, "local_file.a[1]").get("content"),
        Some(&Value::from("127.0.0.1:8711"))
    );
    let b = instance(&lowered, "local_file.b[\"x\"]");
    assert_eq!(&*b.provider, "local.other");
    assert_eq!(b.dependencies, ["local_file.a[0]".parse().unwrap()]);
    let c = instance(&lowered, "local_file.c");
    assert_eq!((c.site.as_deref(), &*c.provider), (Some("dublin"), "local@dublin"));
    assert_eq!(
        value(&lowered, "local_file.c").get("content"),
        Some(&Value::from(
            "dublin DE 127.0.0.1:8711,127.0.0.1:8712,127.0.0.1:8713 true"
        ))
    );
    assert!(
        c.dependencies
            .iter()
            .any(|a| a.to_string() == "service.triage@munich.local_process.main")
    );
    let ends = lowered.outputs[0].evaluate(&NoObjects).0;
    assert_eq!(ends.elements().unwrap().len(), 3);
    assert_eq!(lowered.outputs[2].dependencies, ["local_file.a".parse().unwrap()]);
    let providers: Vec<&str> = lowered
        .providers
        .keys()
        .map(|k| &**k)
        .filter(|k| !k.contains('@'))
        .collect();
    assert_eq!(providers, ["local", "local.other"]);
    assert_eq!(
        lowered.providers["local"].config.get("root"),
        Some(&Value::from("here"))
    );
}

#[test]
fn providers_that_are_missing_are_told_once() {
    let file = r#"
resource local_file a { path = "a" }
resource local_file b { path = "b" }
resource aws_s3_bucket c {}
"#;
    let small = Small::new(&[("main.situs", file)]);
    small.wrong(&[
        "E162 main.situs:2:1 the provider `local` is not declared | needs the provider `local` | add `terraform { required_providers { local = { source = \"builtin/situs/local\" } } }`",
        "E162 main.situs:4:1 the provider `aws` is not declared | needs the provider `aws` | where nothing else is said it is `hashicorp/aws`, and that is not installed",
    ]);
    let file = r#"
terraform {
  required_providers {
    local = { source = "builtin/situs/local" }
    aws   = { source = "hashicorp/aws" }
  }
}
resource local_fil a { path = "a" }
resource local_file b {
  provider = local.nope
  path     = "b"
}
resource aws_s3_bucket c {}
"#;
    let mut small = Small::new(&[("main.situs", file)]);
    small.wrong(&[
        "E162 main.situs:5:5 the provider `aws` cannot be had from `hashicorp/aws`",
        "E163 main.situs:8:1 there is no resource type `local_fil` in `builtin/situs/local` | not a type of this provider | did you mean `local_file`?",
        "E162 main.situs:10:14 there is no provider `local.nope`",
    ]);
    // What `required_providers` says does not touch a runtime that ships with the engine.
    small = Small::new(&[(
        "main.situs",
        "terraform {\n  required_providers {\n    local = { source = \"hashicorp/local\" }\n  }\n}\nresource local_file x { path = \"x\" }",
    )]);
    small.site("a", None);
    small.service("one", &["a"]);
    small.wrong(&["E162 main.situs:3:5 the provider `local` cannot be had from `hashicorp/local`"]);
    assert_eq!(small.lower().0.instances.len(), 1);
}

#[test]
fn an_output_does_not_show_secrets() {
    let file = "variable s {\n  sensitive = true\n  default = \"x\"\n}\noutput open { value = \"a${var.s}\" }\noutput hidden {\n  sensitive = true\n  value = var.s\n}";
    let lowered = Small::new(&[("main.situs", file)]).lowered();
    let (value, said) = lowered.outputs[0].evaluate(&NoObjects);
    let said: Vec<_> = said.iter().map(|d| (d.code.id, d.title.clone())).collect();
    assert_eq!(
        said,
        [(
            "E159",
            "the output `open` would show what is kept out of sight".to_owned()
        )]
    );
    assert!(value.is_sensitive());
    let (value, said) = lowered.outputs[1].evaluate(&NoObjects);
    assert!(value.is_sensitive() && said.is_empty());
}

const OWN: &str = r#"
terraform {
  required_providers {
    box = { source = "builtin/situs/local" }
  }
}
runtime boxes {
  realises = [replication]
  provider box { root = "boxes/${site.labels.zone}" }
  on service {
    host     = "${service.name}.${site.name}.internal"
    requires = [image]
    locals {
      lines = [for k, v in service.env : "${k}=${v}"]
      text  = join("\n", concat(["image=${service.image}"], local.lines))
    }
    resource "local_file" "unit" {
      provider = box
      count    = replicas
      path     = "${service.name}-${count.index}"
      content  = "${local.text} ${service.instances[count.index].ports.http} ${provider.box.root}"
    }
    resource "local_file" "all" {
      provider = box
      path     = "all"
      content  = join(",", local_file.unit[*].id)
    }
  }
}
"#;

#[test]
fn a_user_writes_a_runtime_with_the_same_means() {
    let mut small = Small::new(&[("main.situs", OWN)]);
    small.site("a", None).runtime = Some(RuntimeUse {
        name: used("boxes"),
        settings: None,
    });
    small.site("b", None);
    small.service("one", &["a", "a"]).ports = vec![port("http", Some(80))];
    small.late("one", "image", "\"img:${self.site.kind}\"");
    small.late("one", "env", "{ A = 1 }");
    let late = &mut small.config.shape.services.get_mut("one").unwrap().late;
    late.remove("command");
    let lowered = small.lowered();
    let of = "service.one@a.local_file";
    assert_eq!(
        value(&lowered, &format!("{of}.unit[1]")).get("content"),
        Some(&Value::from("image=img:region\nA=1 81 boxes/a"))
    );
    let all = instance(&lowered, &format!("{of}.all"));
    assert_eq!(all.dependencies, [format!("{of}.unit").parse().unwrap()]);
    assert_eq!(&*all.provider, "box@a");
    small.dataset("d", &["a"]);
    small.wrong(&["E166 main.situs:7:1 the runtime `boxes` runs no dataset | does not say what happens `on dataset` | `dataset.d` is placed at a"]);
}

#[test]
fn settings_of_a_site_win_and_are_checked() {
    let text =
        "site a {\n  runtime local { root = \"/srv/${site.name}\" }\n}\nsite b {\n  runtime local { rot = 1 }\n}";
    let mut small = Small::new(&[("main.situs", text)]);
    let source = situs::lang::syntax::parse(SourceId(1), text).0;
    for (item, name) in source.body.items.iter().zip(["a", "b"]) {
        let situs::lang::syntax::ast::Item::Statement(site) = item else {
            panic!()
        };
        let situs::lang::syntax::ast::Item::Statement(runtime) = &site.body.as_ref().unwrap().items[0] else {
            panic!()
        };
        small.site(name, None).runtime = Some(RuntimeUse {
            name: used("local"),
            settings: runtime.body.clone().map(Arc::new),
        });
    }
    let (lowered, said) = small.lower();
    assert_eq!(
        lowered.providers["local@a"].config.get("root"),
        Some(&Value::from("/srv/a"))
    );
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("E120"), "{said:?}");
}

#[test]
fn ten_thousand_resources_share_what_they_can() {
    let mut text = HAND.to_owned();
    for i in 0..2000 {
        text.push_str(&format!("resource \"local_file\" \"s{i}\" {{ path = \"s{i}\" }}\n"));
    }
    text.push_str("resource local_file many {\n  count = 10000\n  path = \"m${count.index}\"\n  content = local_file.a[0].id\n}\n");
    let small = clinic(&[("main.situs", &text)]);
    let lowered = small.lowered();
    assert_eq!(lowered.instances.len(), 7 + 5 + 2000 + 10_000);
    let many: Vec<&Instance> = lowered
        .instances
        .iter()
        .filter(|i| i.addr.to_string().starts_with("local_file.many["))
        .collect();
    assert!(
        many.iter()
            .all(|i| Arc::ptr_eq(&i.body, &many[0].body) && Arc::ptr_eq(&i.schema, &many[0].schema))
    );
}
