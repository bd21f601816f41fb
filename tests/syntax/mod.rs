//! Text to tree: everything parses to something, one mistake costs one message.

mod memory;

use proptest::prelude::*;
use situs::base::{Diagnostics, Sources};
use situs::lang::syntax::ast::{Item, Operand};
use situs::lang::syntax::parse;

fn read(text: &str) -> (situs::lang::syntax::ast::File, Diagnostics, Sources) {
    let mut sources = Sources::new();
    let id = sources.add("main.situs", text);
    let (file, diagnostics) = parse(id, text);
    (file, diagnostics, sources)
}

/// Each message as `code line:column title | label | help`.
fn messages(text: &str) -> Vec<String> {
    let (_, diagnostics, sources) = read(text);
    diagnostics
        .sorted()
        .iter()
        .map(|d| {
            let primary = d.primary.as_ref().unwrap();
            let at = sources.position(primary.span);
            let help = d.help.join("; ");
            format!(
                "{} {}:{} {} | {} | {}",
                d.code.id, at.line, at.column, d.title, primary.text, help
            )
        })
        .collect()
}

#[test]
fn the_language_by_example_parses() {
    let (file, diagnostics, sources) = read(include_str!("language.situs"));
    let said: Vec<_> = diagnostics
        .iter()
        .map(|d| (sources.place(d.primary.as_ref().unwrap().span), d.title.clone()))
        .collect();
    assert!(said.is_empty(), "{said:#?}");
    assert_eq!(file.body.items.len(), 18);
}

#[test]
fn terraform_parses() {
    let text = r#"
variable "names" {
  type    = list(string)
  default = ["a", "b"] # two
}
resource "aws_instance" "web" {
  count         = length(var.names) > 0 ? 2 : 0
  ami           = data.aws_ami.ubuntu[0].id
  tags = merge(local.tags, {
    Name = "web-${count.index + 1}"
    "a b" : upper("x"),
    (var.k) = [for n in var.names : "${n}!" if n != ""]
  })
  user_data = <<-EOT
    #!/bin/sh
    echo ${var.names[0]} %{ if true ~} yes %{ endif }
  EOT
  dynamic "ebs" {
    for_each = { for k, v in var.m : k => v... }
    content { size = ebs.value }
  }
  ids = aws_x.y.*.id[0]
  all = aws_x.y[*].tags["a"]
  f   = provider::x::f(1, 2...)
  p   = 50% + 10 % 3
  n   = -1 * (2 + 3) / 4 - !true
}
"#;
    assert_eq!(messages(text), Vec::<String>::new());
}

#[test]
fn clauses_are_flat() {
    let heads = |text: &str| -> Vec<String> {
        let (file, diagnostics, sources) = read(text);
        assert!(diagnostics.is_empty(), "{text}: {diagnostics:?}");
        file.body
            .items
            .iter()
            .map(|item| match item {
                Item::Statement(s) => {
                    let operands = s.operands.iter().map(|o| match o {
                        Operand::Op(op, _) => format!("{op:?}"),
                        other => sources.slice(other.span()).to_owned(),
                    });
                    format!(
                        "{}({}){}",
                        s.word.name,
                        operands.collect::<Vec<_>>().join(" "),
                        if s.body.is_some() { "{}" } else { "" }
                    )
                }
                Item::Attribute(a) => format!("{}=", a.name.name),
                Item::Error(_) => "error".to_owned(),
            })
            .collect()
    };
    let cases = [
        ("reads patients, notes\n", vec!["reads(patients Comma notes)"]),
        (
            "store, process only in EEA | CH\n  unless sealed(e2e)\n  | covered by scc\nnext = 1\n",
            vec![
                "store(Comma process only in EEA Pipe CH unless sealed(e2e) Pipe covered by scc)",
                "next=",
            ],
        ),
        ("a b\n# note\nunless c\n", vec!["a(b unless c)"]),
        ("a b\n\nunless c\n", vec!["a(b)", "unless(c)"]),
        ("a b\nunless = c\n", vec!["a(b)", "unless="]),
        ("link fra1 -- par1 { latency = 9ms }\n", vec!["link(fra1 -- par1){}"]),
        ("x a - b & c\n", vec!["x(a Minus b And c)"]),
        (
            "r encrypted(keys in EEA under EEA) until 2027-01-31\n",
            vec!["r(encrypted(keys in EEA under EEA) until 2027-01-31)"],
        ),
        (
            "r on d where class <= personal.health && ! x {\n}\n",
            vec!["r(on d where class Le personal.health AndAnd Not x){}"],
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(heads(text), expected, "{text}");
    }
}

#[test]
fn one_mistake_costs_one_message() {
    let cases = [
        (
            "a = \nb = 2\n",
            "E009 1:3 a value is missing behind `=` | expected a value on this line | write what `a` is, or take the line out",
        ),
        (
            "site x {\n  in: DE\n  kind = edge\n}\n",
            "E004 2:5 an attribute is written with `=` | expected `=` | write `in = DE`",
        ),
        (
            "a = 'x'\n",
            "E004 1:5 strings stand in double quotes | in single quotes | write \"x\"",
        ),
        (
            "a = 1;\n",
            "E004 1:6 a line ends without a sign | a semicolon | take the `;` out",
        ),
        (
            "site x {\n  a = 1\n\nsite y {\n  b = 1\n}\n",
            "E002 1:8 the block `site` is not closed | opened here | close it with `}` on a line of its own",
        ),
        (
            "a = 1\n}\nb = 2\n",
            "E003 2:1 `}` closes nothing | nothing is open here | take it out, or look for the opening bracket that is missing before it",
        ),
        (
            "a = \"x\nb = 2\n",
            "E002 1:5 a quote is not closed: `\"` | opened here, and its line ends | close it with `\"`",
        ),
        (
            "a = [1, 2\nb = 2\n",
            "E002 1:5 a bracket is not closed: `[` | opened here | close it with `]`",
        ),
        (
            "a = x.\n",
            "E006 1:6 a name is missing behind the dot | expected a name | name the attribute, or take the dot out",
        ),
        (
            "a = \"\\q\"\n",
            "E007 1:6 `\\q` is no escape | expected one of `\\n \\r \\t \\\" \\\\ \\u1234 \\U0001f600` | write `\\\\` for a backslash",
        ),
        (
            "a = \"%{ if true }x\"\n",
            "E008 1:6 `%{if}` is not closed | opened here | close it with `%{ endif }`",
        ),
        (
            "a = 1 + \n",
            "E001 1:9 the line ends where more was expected | expected a value | ",
        ),
        (
            "a = 1 ? 2\n",
            "E001 1:10 the line ends where more was expected | expected a unit or an operator | ",
        ),
    ];
    for (text, expected) in cases {
        assert_eq!(messages(text), vec![expected.to_owned()], "{text}");
    }
}

#[test]
fn what_is_right_stays_when_something_is_wrong() {
    let (file, diagnostics, _) = read("a = 1\nsite x {\n  b = \n  c = 3\n}\nd = 4\n");
    assert_eq!(diagnostics.len(), 1);
    assert_eq!(file.body.items.len(), 3);
    let Item::Statement(site) = &file.body.items[1] else {
        panic!("no block")
    };
    assert_eq!(site.body.as_ref().unwrap().items.len(), 2);
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow() {
    for (open, close) in [
        ("(", ")"),
        ("[", "]"),
        ("{a=", "}"),
        ("\"${", "}\""),
        ("f(", ")"),
        ("x[", "]"),
    ] {
        for depth in [20, 100, 5_000] {
            let text = format!("a = {}1{}\n", open.repeat(depth), close.repeat(depth));
            let (_, diagnostics, _) = read(&text);
            assert_eq!(diagnostics.is_empty(), depth < 128, "{open} {depth}: {diagnostics:?}");
        }
    }
    let blocks = format!("{}{}", "b {\n".repeat(3_000), "}\n".repeat(3_000));
    assert!(!read(&blocks).1.is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn parsing_is_total(text in "\\PC{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn parsing_is_total_on_broken_configurations(at in 0usize..4000, with in "[\\[\\](){}\"'=\n,#<>$%.a-z0-9 -]{0,6}", cut in 0usize..20) {
        let text = include_str!("language.situs");
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.min(chars.len());
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, with.chars());
        let _ = read(&chars.into_iter().collect::<String>());
    }
}

#[test]
fn long_chains_are_read_and_longer_ones_refused() {
    let sum = |n: usize| format!("output a {{\n  value = {}\n}}\n", vec!["1"; n].join(" + "));
    assert!(messages(&sum(9_000)).is_empty());
    assert!(messages(&sum(30_000))[0].starts_with("E005 2:"));
    let dots = format!("output a {{\n  value = a{}\n}}\n", ".b".repeat(2_000));
    assert!(messages(&dots)[0].starts_with("E005 2:"));
    let branches = format!("output a {{\n  value = {}1\n}}\n", "true ? 1 : ".repeat(2_000));
    assert!(!messages(&branches).is_empty());
    let nots = format!("output a {{\n  value = {}true\n}}\n", "!".repeat(2_000));
    assert!(!messages(&nots).is_empty());
}
