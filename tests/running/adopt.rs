//! A state that Terraform really wrote, taken over: `terraform.tfstate` here, with modules, `for_each`, `count`, what is sensitive, what
//! is tainted, and values that are written with a type of their own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use situs::base::Addr;
use situs::base::event::{Action, Silent};
use situs::base::ports::MemoryWorld;
use situs::engine::{self, Options, Ports};
use situs::front::builtins;
use situs::front::ports::MachineClock;
use situs::lang::config::Request;
use situs::run::adopt::{self, Adopted};
use situs::run::provider::Registry;
use situs::run::provider::mock::{Defaults, mocked};
use situs::run::provider::registry::Available;
use situs::run::state::{Holder, Record, Snapshot, Status};
use situs_provider::{Attribute, Block, Mode, ProviderSchema, Schema};
use situs_value::{Path, Type, Value};

const STATE: &str = include_str!("terraform.tfstate");

/// A provider that offers what Terraform's own does.
fn registry() -> Registry {
    let any = |mode| Attribute::new(Type::Dynamic, mode, "");
    let attributes: [(Arc<str>, Attribute); 4] = [
        ("id".into(), Attribute::new(Type::String, Mode::Computed, "")),
        ("input".into(), any(Mode::Optional)),
        ("output".into(), any(Mode::Computed)),
        ("triggers_replace".into(), any(Mode::Optional)),
    ];
    let block = Block {
        attributes: BTreeMap::from(attributes),
        ..Block::default()
    };
    let schema = ProviderSchema {
        resources: BTreeMap::from([("terraform_data".into(), Schema { version: 0, block })]),
        ..ProviderSchema::default()
    };
    let local = builtins::registry().get("builtin/situs/local").unwrap();
    let terraform = Available {
        source: "terraform.io/builtin/terraform".to_owned(),
        version: None,
        name: "terraform".to_owned(),
        runtime: "",
        make: local.make.clone(),
        schema: Arc::new(schema),
    };
    Registry::new([mocked(&terraform, Defaults::default())])
}

fn adopted(text: &str) -> Adopted {
    let (adopted, said) = adopt::read(text, &registry(), &BTreeMap::new());
    assert!(said.is_empty(), "{said:?}");
    adopted.unwrap()
}

fn record<'a>(snapshot: &'a Snapshot, addr: &str) -> &'a Record {
    &snapshot.objects[&addr.parse::<Addr>().unwrap()]
}

fn folded(adopted: &Adopted) -> Snapshot {
    let mut snapshot = Snapshot::default();
    adopted.entries().into_iter().for_each(|entry| snapshot.fold(entry));
    snapshot
}

#[test]
fn every_object_has_its_address_and_its_value() {
    let adopted = adopted(STATE);
    assert_eq!(adopted.data, 1, "a data source is read again");
    let snapshot = folded(&adopted);
    let addresses: Vec<String> = snapshot.objects.keys().map(Addr::to_string).collect();
    assert_eq!(
        addresses,
        [
            "terraform_data.a",
            "terraform_data.many[0]",
            "terraform_data.many[1]",
            "terraform_data.replaced",
            "terraform_data.secret",
            "terraform_data.tainted",
            "module.m[\"x\"].terraform_data.b[\"p\"]",
            "module.m[\"x\"].terraform_data.b[\"q\"]",
            "module.m[\"y z\"].terraform_data.b[\"p\"]",
            "module.m[\"y z\"].terraform_data.b[\"q\"]",
        ]
    );
    let list = Value::list(["x".into()]);
    let tuple = Value::tuple([1i64.into(), "a".into(), Value::Null]);
    let number: Value = situs_value::Number::parse("1.5").unwrap().into();
    let input = Value::object([("list", list), ("n", number), ("name", "a".into()), ("t", tuple)]);
    let a = record(&snapshot, "terraform_data.a");
    assert_eq!(
        a.value.get("input"),
        Some(&input),
        "values have the types that they are written with"
    );
    assert_eq!(a.value.get("triggers_replace"), Some(&Value::Null));
    assert!(a.create_before_destroy);
    let many = record(&snapshot, "terraform_data.many[0]");
    assert_eq!(many.dependencies, ["terraform_data.a".parse::<Addr>().unwrap()]);
    assert_eq!(many.provider, "terraform");
    let providers: Vec<_> = snapshot
        .providers
        .iter()
        .map(|(id, s)| (&**id, s.source.as_str()))
        .collect();
    assert_eq!(providers, [("terraform", "terraform.io/builtin/terraform")]);
}

#[test]
fn what_is_sensitive_or_tainted_stays_so() {
    let snapshot = folded(&adopted(STATE));
    let secret = record(&snapshot, "terraform_data.secret");
    assert_eq!(secret.value.sensitive_paths(), [Path::root().attr("input").attr("pw")]);
    assert!(snapshot.outputs["pw"].value.is_sensitive());
    assert_eq!(snapshot.outputs["many"].value, Value::tuple([0i64.into(), 1i64.into()]));
    assert_eq!(record(&snapshot, "terraform_data.tainted").status, Status::Tainted);
    assert_eq!(secret.status, Status::Ready);
}

/// What the state was made from, but for its modules.
const CONFIGURATION: &str = r#"
terraform { required_providers { terraform = { source = "terraform.io/builtin/terraform" } } }
resource "terraform_data" "a" {
  input = { name = "a", list = tolist(["x"]), n = 1.5, t = [1, "a", null] }
}
resource "terraform_data" "many" {
  count            = 2
  input            = count.index
  triggers_replace = [terraform_data.a.id, "v"]
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "secret" { input = { pw = sensitive("hunter2"), open = 1 } }
resource "terraform_data" "replaced" {
  triggers_replace = "2"
  lifecycle { create_before_destroy = true }
}
resource "terraform_data" "tainted" { input = 12345678901234567000 }
output "many" { value = terraform_data.many[*].output }
output "pw" {
  value     = terraform_data.secret.output.pw
  sensitive = true
}
"#;

#[test]
fn nothing_is_to_be_done_about_what_was_taken_over() {
    let directory = tempfile::tempdir().unwrap();
    let world = MemoryWorld {
        files: BTreeMap::from([("main.tf".to_owned(), CONFIGURATION.to_owned())]),
        ..MemoryWorld::default()
    };
    let ports = Ports {
        world: Arc::new(world),
        clock: Arc::new(MachineClock),
        registry: registry(),
        sink: Arc::new(Silent),
        state: directory.path().join("state.db"),
        workspace: "default".to_owned(),
        holder: Holder::new("tester", 1, "state adopt"),
        fault: None,
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    let plan = runtime.block_on(async {
        let (adopted, said) = engine::look(&ports, Request::default(), STATE).await;
        assert!(said.is_empty(), "{said:?}");
        let adopted = adopted.unwrap();
        engine::adopt(&ports, &adopted, Duration::ZERO).await.unwrap();
        let again = engine::adopt(&ports, &adopted, Duration::ZERO).await.unwrap_err();
        assert_eq!(again.iter().next().unwrap().code.id, "E473");
        let (loaded, said) = engine::load(&ports, Request::default());
        assert!(!said.has_errors(), "{said:?}");
        let state = engine::read(&ports).await.unwrap();
        let (planned, said) = engine::plan(&ports, &loaded, &Options::default(), &state).await;
        assert!(!said.has_errors(), "{said:?}");
        planned.unwrap().plan
    });
    for change in &plan.changes {
        let addr = change.addr.to_string();
        let expected = match addr.as_str() {
            "terraform_data.tainted" => Action::DeleteCreate,
            addr if addr.starts_with("module.") => Action::Delete,
            _ => Action::NoOp,
        };
        assert_eq!(
            change.action, expected,
            "{addr}: {:?} -> {:?}",
            change.before, change.after
        );
    }
    let outputs: Vec<_> = plan.outputs.iter().map(|(name, o)| (name.as_str(), o.action)).collect();
    assert_eq!(
        outputs,
        [("m", Action::Delete), ("many", Action::NoOp), ("pw", Action::NoOp)]
    );
    assert_eq!(plan.drift, []);
}

#[test]
fn a_damaged_state_is_refused_and_never_panics() {
    let registry = registry();
    for at in (0..STATE.len()).step_by(97) {
        let cut = &STATE[..at];
        assert!(adopt::read(cut, &registry, &BTreeMap::new()).0.is_none(), "cut at {at}");
        for with in ["[]", "null", "\"", "-1e400"] {
            let changed = format!("{cut}{with}{}", &STATE[at + 1..]);
            // Whatever comes of it, it ends.
            let _ = adopt::read(&changed, &registry, &BTreeMap::new());
        }
    }
}

#[test]
fn providers_are_found_by_source_and_alias() {
    let text = |provider: &str| {
        let instances = r#"[{ "schema_version": 0, "attributes": { "id": "x" } }]"#;
        format!(
            r#"{{ "version": 4, "resources": [{{ "mode": "managed", "type": "t", "name": "n", "provider": {provider:?}, "instances": {instances} }}] }}"#
        )
    };
    let rows = [
        (
            r#"provider["registry.terraform.io/hashicorp/local"]"#,
            "local",
            "hashicorp/local",
        ),
        (
            r#"module.m["a"].provider["example.com/x/y"].west"#,
            "y.west",
            "example.com/x/y",
        ),
        ("provider.aws", "aws", "hashicorp/aws"),
        ("provider.aws.west", "aws.west", "hashicorp/aws"),
    ];
    for (provider, id, source) in rows {
        let (adopted, _) = adopt::read(&text(provider), &registry(), &BTreeMap::new());
        let providers = adopted.unwrap().providers;
        let found: Vec<_> = providers.iter().map(|(id, s)| (&**id, s.source.as_str())).collect();
        assert_eq!(found, [(id, source)], "{provider}");
    }
}
