//! Loading: files, variables, locals, providers, outputs, runtimes; every mistake at once, each once.

use std::sync::Arc;

use situs::base::ports::{MemoryWorld, World};
use situs::base::{Diagnostics, Sources};
use situs::lang::config::{Config, Given, Request, load};
use situs_value::Value;

/// A loaded configuration and everything that was said about it.
struct Loaded {
    config: Config,
    said: Vec<String>,
}

pub fn world(files: &[(&str, &str)], env: &[(&str, &str)]) -> Arc<dyn World> {
    let own = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    Arc::new(MemoryWorld {
        files: own(files),
        env: own(env),
    })
}

/// Each message as `code place title | label | notes; help`.
pub fn messages(said: Diagnostics, sources: &Sources) -> Vec<String> {
    let one = |d: &situs::base::Diagnostic| {
        let at = d
            .primary
            .as_ref()
            .map(|l| format!("{} ", sources.place(l.span)))
            .unwrap_or_default();
        let label = d.primary.as_ref().map(|l| l.text.clone()).unwrap_or_default();
        let more: Vec<String> = d.notes.iter().chain(&d.help).cloned().collect();
        format!("{} {at}{} | {label} | {}", d.code.id, d.title, more.join("; "))
    };
    said.sorted().iter().map(one).collect()
}

fn loaded(files: &[(&str, &str)], env: &[(&str, &str)], given: &[Given]) -> Loaded {
    let mut sources = Sources::new();
    let request = Request {
        given: given.to_vec(),
        runtimes: vec![(
            "local".to_owned(),
            include_str!("../../providers/local/runtime.situs").to_owned(),
        )],
        ..Request::default()
    };
    let (config, said) = load(&world(files, env), &mut sources, &request);
    Loaded {
        config,
        said: messages(said, &sources),
    }
}

fn variable(loaded: &Loaded, name: &str) -> Value {
    loaded.config.scope.get("var").unwrap().get(name).unwrap().clone()
}

fn var(name: &str, text: &str) -> Given {
    Given::Variable {
        name: name.to_owned(),
        text: text.to_owned(),
    }
}

/// The messages about one file.
fn said(text: &str) -> Vec<String> {
    loaded(&[("main.situs", text)], &[], &[]).said
}

fn contains(messages: &[String], wanted: &[&str]) {
    assert_eq!(messages.len(), wanted.len(), "{messages:#?}");
    for (message, wanted) in messages.iter().zip(wanted) {
        assert!(message.contains(wanted), "{message:?} does not contain {wanted:?}");
    }
}

#[test]
fn an_empty_directory_says_what_to_do() {
    let empty = loaded(&[("readme.md", "hello")], &[], &[]);
    contains(
        &empty.said,
        &["E150 there is no configuration in this directory |  | write a file whose name ends in `.situs`"],
    );
}

#[test]
fn situs_and_tf_files_are_one_module() {
    let both = loaded(
        &[
            ("a.situs", "locals { a = 1 }"),
            ("b.tf", "locals { b = local.a + 1 }"),
            ("sub/c.situs", "locals { c = nothing }"),
        ],
        &[],
        &[],
    );
    assert_eq!(both.said, Vec::<String>::new());
    assert_eq!(
        both.config.scope.local("b").unwrap().0.value.get(),
        Some(&Value::from(2_u64))
    );
    let files: Vec<String> = both.config.files().into_keys().collect();
    assert_eq!(files, ["a.situs", "b.tf"]);
}

#[test]
fn later_sources_of_variables_win() {
    let files = [
        (
            "main.situs",
            "variable a {}\nvariable b {}\nvariable c {}\nvariable d {}\nvariable e {}\nvariable f { default = \"default\" }",
        ),
        (
            "terraform.tfvars",
            "b = \"file\"\nc = \"file\"\nd = \"file\"\ne = \"file\"",
        ),
        (
            "situs.auto.tfvars.json",
            "{\"c\": \"auto\", \"d\": \"auto\", \"e\": \"auto\"}",
        ),
        ("more.tfvars", "d = \"named\"\ne = \"named\""),
    ];
    let env = [
        ("TF_VAR_a", "tf"),
        ("SITUS_VAR_a", "env"),
        ("TF_VAR_b", "env"),
        ("HOME", "/"),
        ("SITUS_VAR_undeclared", "x"),
    ];
    let given = [Given::File("more.tfvars".to_owned()), var("e", "argument")];
    let all = loaded(&files, &env, &given);
    assert_eq!(all.said, Vec::<String>::new());
    let values: Vec<Value> = ["a", "b", "c", "d", "e", "f"]
        .iter()
        .map(|n| variable(&all, n))
        .collect();
    let wanted = ["env", "file", "auto", "named", "argument", "default"].map(Value::from);
    assert_eq!(values, wanted);
    let reversed = [var("e", "argument"), Given::File("more.tfvars".to_owned())];
    assert_eq!(variable(&loaded(&files, &env, &reversed), "e"), Value::from("named"));
}

#[test]
fn what_was_given_can_be_given_again() {
    let files = [
        (
            "main.situs",
            "variable s {}\nvariable l { type = list(object({ a = string, n = optional(number, 7) })) }\nvariable n { type = number }",
        ),
        ("x.tfvars", "l = [{ a = \"q\\\"$${x}\\n\" }, { a = \"b\", n = 1 }]"),
        ("terraform.tfvars", "n = 3"),
    ];
    let first = loaded(
        &files,
        &[("TF_VAR_s", "from the environment")],
        &[Given::File("x.tfvars".to_owned())],
    );
    assert_eq!(first.said, Vec::<String>::new());
    let read = first.config.files();
    let kept: Vec<(&str, &str)> = read.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let again: Vec<Given> = first.config.given.iter().map(|(n, t)| var(n, t)).collect();
    let second = loaded(&kept, &[], &again);
    assert_eq!(second.said, Vec::<String>::new());
    assert_eq!(first.config.scope.get("var"), second.config.scope.get("var"));
    let filled = variable(&first, "l");
    assert_eq!(filled.elements().unwrap()[0].get("n"), Some(&Value::from(7_u64)));
    assert_eq!(filled.elements().unwrap()[0].get("a"), Some(&Value::from("q\"${x}\n")));
}

#[test]
fn types_are_read_and_kept_to() {
    let text = "variable a { type = map(set(number)) }\nvariable b { type = tuple([string, bool]) }\nvariable c { type = any }";
    let given = [
        var("a", "{ x = [2, 1, \"2\"] }"),
        var("b", "[1, true]"),
        var("c", "[1, \"x\"]"),
    ];
    let all = loaded(&[("main.situs", text)], &[], &given);
    assert_eq!(all.said, Vec::<String>::new());
    let numbers = Value::set([Value::from(1_u64), Value::from(2_u64)]);
    assert_eq!(variable(&all, "a").get("x"), Some(&numbers));
    assert_eq!(variable(&all, "b"), Value::tuple([Value::from("1"), Value::from(true)]));
    assert_eq!(
        variable(&all, "c"),
        Value::tuple([Value::from(1_u64), Value::from("x")])
    );
}

#[test]
fn types_that_are_none_are_told() {
    let text = "variable a { type = strin }\nvariable b { type = list(string, number) }\nvariable c { type = \"string\" }\nvariable d { type = object({ a = optional(number, \"x\") }) }";
    let given: Vec<Given> = ["a", "b", "c", "d"].iter().map(|n| var(n, "{}")).collect();
    let all = loaded(&[("main.situs", text)], &[], &given);
    contains(
        &all.said,
        &[
            "E153 main.situs:1:21 there is no type `strin` | not a type here | did you mean `string`?",
            "E153 main.situs:2:21 this names no type | takes one argument",
            "write the type without quotes",
            "E153 main.situs:4:51 the default is not of the attribute's type | a number is expected, and the string \"x\" is none",
        ],
    );
}

#[test]
fn values_that_do_not_fit_are_told() {
    let text = "variable a { type = number }\nvariable b { default = 1 }\nvariable c { nullable = false }\nvariable d {\n  type = list(string)\n  default = 3\n}";
    let files = [
        ("main.situs", text),
        ("situs.tfvars", "c = null\nbb = 3\nresource x y {}"),
    ];
    let all = loaded(&files, &[], &[var("a", "many"), var("zz", "1")]);
    contains(
        &all.said,
        &[
            "E155 main.situs:1:1 the variable `a` does not take the value that `-var` gives",
            "E155 main.situs:6:13 the default is not of the variable's type | a list, `list(string)` is expected, and this is a number",
            "E155 situs.tfvars:1:1 the variable `c` does not take the value that `situs.tfvars` gives | null, and it says `nullable = false`",
            "W010 situs.tfvars:2:1 `situs.tfvars` gives a value to `bb`, which is not declared",
            "E152 situs.tfvars:3:1 `situs.tfvars` gives values to variables, and nothing else",
            "E156 `-var` gives a value to `zz`, which is not declared",
        ],
    );
}

#[test]
fn a_missing_value_says_how_to_give_it() {
    contains(
        &said("variable region {}"),
        &[
            "E154 main.situs:1:1 the variable `region` has no value | has no default, and nothing gives it a value | give it with `-var region=…`",
        ],
    );
    let missing = loaded(
        &[("main.situs", "locals { a = 1 }")],
        &[],
        &[Given::File("no.tfvars".to_owned())],
    );
    contains(
        &missing.said,
        &["E170 the file of variables `no.tfvars` cannot be read"],
    );
}

#[test]
fn validations_hold_or_say_why() {
    let text = r#"
variable n {
  type = number
  default = 11
  validation {
    condition     = var.n < 10
    error_message = "${var.n} is too many"
  }
}"#;
    contains(
        &said(text),
        &["E157 main.situs:2:1 the variable `n` has a value that it does not accept | declared here | 11 is too many"],
    );
}

#[test]
fn sensitive_variables_are_marked() {
    let all = loaded(
        &[(
            "main.situs",
            "variable a { sensitive = true }\nlocals { b = \"x${var.a}\" }\nvariable c { sensitive = [] }",
        )],
        &[],
        &[var("a", "s"), var("c", "")],
    );
    contains(&all.said, &["E169 main.situs:3:26 `sensitive` takes a bool"]);
    assert!(variable(&all, "a").is_sensitive());
    assert!(
        all.config
            .scope
            .local("b")
            .unwrap()
            .0
            .value
            .get()
            .unwrap()
            .is_sensitive()
    );
}

#[test]
fn locals_in_a_circle_and_mistakes_in_locals_are_told_once() {
    let text = "locals {\n  a = local.b\n  b = [local.a]\n  c = 1 + \"x\"\n  d = local.c\n  e = local.d\n}";
    contains(
        &said(text),
        &[
            "E103 main.situs:3:8 locals need each other | needed to work out itself | path     `local.a` → `local.b` → `local.a`",
            "E102 main.situs:4:",
        ],
    );
}

#[test]
fn a_long_chain_of_locals_is_worked_out() {
    let mut text = "locals {\n  a0 = 1\n".to_owned();
    for i in 1..5000 {
        text.push_str(&format!("  a{i} = local.a{} + 1\n", i - 1));
    }
    text.push_str("}\n");
    let all = loaded(&[("main.situs", &text)], &[], &[]);
    assert_eq!(all.said, Vec::<String>::new());
    assert_eq!(
        all.config.scope.local("a4999").unwrap().0.value.get(),
        Some(&Value::from(5000_u64))
    );
}

#[test]
fn names_that_are_declared_twice_show_both_places() {
    let text = r#"
resource "local_file" "a" {}
resource local_file a {}
variable x { default = 1 }
variable x { default = 2 }
locals { y = 1 }
locals { y = 2 }
output o { value = 1 }
output o { value = 2 }
provider local {}
provider local {}
provider local { alias = "b" }
"#;
    contains(
        &said(text),
        &[
            "E151 main.situs:3:1 the resource `local_file.a` is declared twice",
            "E151 main.situs:5:1 the variable `x`",
            "E151 main.situs:7:10 the local `y`",
            "E151 main.situs:9:1 the output `o`",
            "E151 main.situs:11:1 the provider `local` is declared twice | the second one | take one of them out, or rename it; give one of them an `alias`",
        ],
    );
}

#[test]
fn what_is_not_carried_out_is_told() {
    let text = "resource local_file a {\n  path = \"a\"\n}\nterraform {\n  required_providers {\n    local = { source = \"builtin/situs/local\", version = \"1\" }\n    other = \"one\"\n  }\n}";
    contains(
        &said(text),
        &[
            "W013 main.situs:6:",
            "E158 main.situs:7:13 `one` is no version constraint",
        ],
    );
}

#[test]
fn the_builtin_runtime_reads_and_a_users_own_wins() {
    let plain = loaded(&[("main.situs", "locals { a = 1 }")], &[], &[]);
    assert_eq!(plain.said, Vec::<String>::new());
    let local = &plain.config.runtimes["local"];
    assert!(local.realises.is_empty());
    assert_eq!(local.service.as_ref().unwrap().resources.len(), 1);
    let own = loaded(&[("main.situs", "runtime local { realises = [backup] }")], &[], &[]);
    assert!(own.config.runtimes["local"].service.is_none());
}

#[test]
fn runtimes_that_cannot_be_read_are_told() {
    let text = "runtime r {\n  realises = [replicaton]\n  on service {\n    hots = 1\n    resource a_b c {}\n    resource a_b c {}\n  }\n  on moon {}\n  provider {}\n  on service {}\n}";
    contains(
        &said(text),
        &[
            "E160 main.situs:2:15 `replicaton` has no meaning here | not known in a runtime | did you mean `replication`?",
            "E160 main.situs:4:5 `hots` has no meaning here | not known in a runtime | did you mean `host`?",
            "E151 main.situs:6:5 the resource `a_b.c` is declared twice",
            "E160 main.situs:8:3 a runtime says what happens",
            "E160 main.situs:9:3 a provider needs a name",
            "E160 main.situs:10:3 a runtime says it once",
        ],
    );
}
