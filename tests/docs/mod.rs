//! The reference pages are what the tables say: `docs/blocks.md` is the schema, `docs/functions.md` the function library, `docs/codes.md`
//! every message code. `UPDATE=1` writes them anew.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use situs::front::explain::pages;
use situs::lang::config::blocks;
use situs::lang::eval::functions;
use situs::lang::schema::{Attribute, Block, Default as Absent, Support};
use situs::lang::testfile;

fn check(name: &str, made: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name);
    if std::env::var("UPDATE").is_ok() {
        fs::write(&path, made).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == made,
        "docs/{name} is not what the tables say: run with UPDATE=1 and look at the diff"
    );
}

#[test]
fn the_pages_of_blocks_are_the_schema() {
    let mut page = String::from(
        "# Blocks\n\nEvery block, clause and attribute of the language, from the schema that the engine itself reads.\n",
    );
    for kind in blocks::KINDS.iter().filter(|k| k.block.support == Support::Now) {
        block(&mut page, &kind.block, 2);
    }
    page.push_str("\n## In test files\n");
    for one in testfile::schema::BLOCKS.iter().filter(|b| b.support == Support::Now) {
        block(&mut page, one, 3);
    }
    page.push_str("\n## Known, and not supported yet\n\n");
    for kind in blocks::KINDS.iter().filter(|k| k.block.support != Support::Now) {
        writeln!(page, "- `{}`: {}", kind.block.usage, kind.block.about).unwrap();
    }
    check("blocks.md", &page);
}

fn block(page: &mut String, block: &Block, level: usize) {
    writeln!(page, "\n{} `{}`\n\n{}.", "#".repeat(level), block.usage, block.about).unwrap();
    if !block.body.attributes.is_empty() {
        page.push_str("\n| attribute | value | |\n|---|---|---|\n");
        block.body.attributes.iter().for_each(|a| attribute(page, a));
    }
    for inner in block.body.blocks {
        if inner.support == Support::Now {
            self::block(page, inner, level + 1);
        } else {
            writeln!(page, "\n`{}` is not supported yet.", inner.usage).unwrap();
        }
    }
}

fn attribute(page: &mut String, attribute: &Attribute) {
    let default = match (attribute.default, attribute.support) {
        (_, Support::Later) => "; not supported yet".to_owned(),
        (Absent::Is(text), _) => format!("; `{text}` where it is absent"),
        (Absent::Required, _) => "; required".to_owned(),
        _ => String::new(),
    };
    let cell = |text: &str| text.replace('|', "\\|");
    let (noun, about) = (cell(&attribute.ty.noun()), cell(attribute.about));
    writeln!(page, "| `{}` | {noun} | {about}{} |", attribute.name, cell(&default)).unwrap();
}

#[test]
fn the_page_of_functions_is_the_library() {
    let mut page = String::from("# Functions\n\nEach example is a test.\n\n| function | | example |\n|---|---|---|\n");
    let all: BTreeMap<&str, _> = functions::all().map(|f| (f.name, f)).collect();
    for (name, function) in all {
        let (call, value) = function.example;
        let cell = |text: &str| text.replace('|', "\\|").replace('\n', " ");
        writeln!(
            page,
            "| `{name}` | {} | `{}` is `{}` |",
            cell(function.doc),
            cell(call),
            cell(value)
        )
        .unwrap();
    }
    page.push_str("\n`try(a, b, …)` is the first argument that can be worked out; `can(a)` says whether one can.\n");
    check("functions.md", &page);
}

#[test]
fn every_example_of_a_function_is_true() {
    use situs::base::Sources;
    use situs::lang::eval::instance::Phase;
    use situs::lang::eval::{Scope, evaluate};
    use situs::lang::syntax::parse_expr;
    let world = situs::base::ports::MemoryWorld {
        files: BTreeMap::from([
            ("hello.txt".to_owned(), "hello".to_owned()),
            ("hello.tftpl".to_owned(), "hello ${name}".to_owned()),
        ]),
        ..Default::default()
    };
    let module = situs::lang::eval::scope::Module {
        world: Some(std::sync::Arc::new(world)),
        ..Default::default()
    };
    let scope = Scope::module(module, []);
    let objects = situs::run::plan::ObjectTable::new([]).with_phase(Phase::Now);
    for function in functions::all() {
        let mut sources = Sources::new();
        let mut value = |text: &str| {
            let id = sources.add("example", text);
            let (expr, said) = parse_expr(id, text);
            assert!(said.is_empty(), "{text}: {said:?}");
            let (value, said) = evaluate(&expr, &scope, &objects);
            assert!(said.is_empty(), "{text}: {said:?}");
            value
        };
        let (call, expected) = function.example;
        let (made, wanted) = (value(call), value(expected));
        let same = made.equals(&wanted) == situs_value::Tri::True
            || situs_value::to_json(&made) == situs_value::to_json(&wanted);
        assert!(same, "{call} is {made:?}, not {expected}");
    }
}

/// The codes of the source, with what each stands for.
fn declared() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut codes = BTreeMap::new();
    let mut open = vec![root.join("src")];
    while let Some(directory) = open.pop() {
        for entry in fs::read_dir(directory).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                open.push(path);
            } else {
                let text = fs::read_to_string(&path).unwrap();
                for part in text.split("Code::new(").skip(1) {
                    let mut quoted = part.split('"');
                    let (id, about) = (quoted.nth(1).unwrap_or(""), quoted.nth(1).unwrap_or(""));
                    if id.len() == 4 && id.chars().skip(1).all(|c| c.is_ascii_digit()) {
                        codes.insert(id.to_owned(), about.to_owned());
                    }
                }
            }
        }
    }
    codes.remove("E042"); // the example of the documentation
    codes
}

#[test]
fn every_code_has_a_page_and_every_page_a_code() {
    let declared = declared();
    let pages: BTreeMap<String, String> = pages::all().map(|p| (p.code.to_owned(), p.about.to_owned())).collect();
    let missing: Vec<_> = declared.iter().filter(|(id, _)| !pages.contains_key(*id)).collect();
    assert!(missing.is_empty(), "write a page in docs/codes for {missing:#?}");
    let extra: Vec<_> = pages.keys().filter(|id| !declared.contains_key(*id)).collect();
    assert!(extra.is_empty(), "no code is declared for the pages {extra:?}");
    assert_eq!(pages, declared, "a page is headed by what its code stands for");
    let codes: Vec<&str> = pages::all().map(|p| p.code).collect();
    assert!(codes.is_sorted_by(|a, b| a < b), "pages stand in order, each once");
}

#[test]
fn every_page_says_what_it_means_with_an_example_and_what_to_do() {
    for page in pages::all() {
        let paragraphs: Vec<&str> = page.body.split("\n\n").collect();
        assert!(paragraphs.len() >= 3, "{}: three parts at least", page.code);
        assert!(
            page.body.lines().any(|l| l.starts_with("    ")),
            "{}: an example",
            page.code
        );
        assert!(
            !paragraphs.last().unwrap().starts_with("    "),
            "{}: what to do",
            page.code
        );
        assert!(page.body.len() > 90, "{}: more than its heading", page.code);
    }
}

#[test]
fn the_page_of_codes_is_the_code() {
    let mut text = String::from(
        "# Codes\n\nE: nothing is done. W: it is done all the same. R: a residency rule that does not hold, or cannot be shown to.\n`situs explain CODE` prints the page of one; the pages stand in `docs/codes`.\n\n| code | |\n|---|---|\n",
    );
    for page in pages::all() {
        writeln!(text, "| [{}](codes/{}) | {} |", page.code, page.file, page.about).unwrap();
    }
    check("codes.md", &text);
}

#[test]
fn every_function_has_a_signature_that_fits_its_entry() {
    use functions::{Arity, signature};
    let names = |it: Vec<&'static str>| it.into_iter().collect::<BTreeSet<_>>();
    let mut known = names(functions::all().map(|f| f.name).collect());
    known.extend(["can", "try"]);
    assert_eq!(known, names(signature::all().map(|s| s.name).collect()));
    for function in functions::all() {
        let signature = signature::of(function.name).unwrap();
        let (least, most) = (
            function.params.len() - usize::from(function.arity != Arity::Exact),
            function.params.len(),
        );
        let fixed = signature.params.len();
        match signature.variadic {
            None => assert_eq!(fixed, most, "{}", function.name),
            Some(_) => assert!(fixed <= least && function.arity != Arity::Exact, "{}", function.name),
        }
    }
}
