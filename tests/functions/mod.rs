//! Functions of the language: tables of expressions and what they are, by group, with the edges of each.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use situs::base::Sources;
use situs::base::ports::MemoryWorld;
use situs::lang::eval::instance::NoObjects;
use situs::lang::eval::scope::Module;
use situs::lang::eval::{Scope, evaluate};
use situs::lang::syntax::parse_expr;
use situs_value::{Type, Value, to_json};

mod collections;
mod limits;
mod text;

static SCOPE: LazyLock<Arc<Scope>> = LazyLock::new(scope);

fn scope() -> Arc<Scope> {
    let file = |name: &str, text: &str| (name.to_owned(), text.to_owned());
    let world = MemoryWorld {
        files: BTreeMap::from([
            file("a.txt", "a"),
            file("b.md", "b"),
            file("deep/c.txt", "c"),
            file("deep/er/d.txt", "d"),
            file("deep/.hidden", ""),
            file("greet.tftpl", "%{ for n in names ~}\nhello \"${n}\"\n%{ endfor ~}\n"),
            file("list.tftpl", "${[for n in names : upper(n)]}"),
            file("broken.tftpl", "line\n${ nobody }\n"),
            file("unclosed.tftpl", "line\n  ${ a "),
            file("again.tftpl", "${templatefile(\"again.tftpl\", {})}"),
            file("plain.tftpl", "it's \\n $${a} %%{b} [[[ {{{\r\nend"),
        ]),
        env: BTreeMap::from([("HOME".to_owned(), "/home/ann".to_owned())]),
    };
    let module = Module {
        world: Some(Arc::new(world)),
        ..Module::default()
    };
    let texts = |name: &'static str, text: &str| (name, Value::from(text));
    Scope::module(
        module,
        [
            ("unknown", Value::unknown(Type::String)),
            ("partly", Value::tuple([Value::from("a"), Value::unknown(Type::String)])),
            ("big", Value::from("0123456789".repeat(1_000_000))),
            texts("pkcs1", include_str!("pkcs1.pem")),
            texts("pkcs8", include_str!("pkcs8.pem")),
            texts("encrypted", include_str!("encrypted.txt")),
        ],
    )
}

/// The value of an expression, or the title of what was said of it.
fn value(text: &str) -> Result<Value, String> {
    let mut sources = Sources::new();
    let id = sources.add("expression", text);
    let (expr, said) = parse_expr(id, text);
    assert!(said.is_empty(), "{text}: {said:?}");
    let (value, said) = evaluate(&expr, &SCOPE, &NoObjects);
    match said.iter().next() {
        Some(first) => Err(first.title.clone()),
        None => Ok(value),
    }
}

/// Each expression is what the other one is: of the same kind, too.
fn are(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(call, expected)| {
            let (made, wanted) = (value(call), value(expected));
            (made.is_err() || made != wanted).then(|| match &made {
                Ok(made) => format!("{call}\n    is {} {made:?}\n    not {expected}", to_json(made)),
                Err(why) => format!("{call}\n    fails: {why}"),
            })
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Each expression fails, and the message has these words.
fn fail(table: &[(&str, &str)]) {
    let wrong: Vec<String> = table
        .iter()
        .filter_map(|(call, words)| match value(call) {
            Err(title) if title.contains(words) => None,
            other => Some(format!("{call}\n    gives {other:?}\n    not a message with {words:?}")),
        })
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Each expression is not known yet.
fn unknown(calls: &[&str]) {
    for call in calls {
        let made = value(call).unwrap();
        assert!(!made.is_known(), "{call} is {made:?}");
    }
}
