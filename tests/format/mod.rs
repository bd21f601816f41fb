//! The layout: it is a fixed point, and nothing but blanks changes.

use proptest::prelude::*;
use regex::Regex;
use situs::base::{SourceId, Sources};
use situs::lang::format::format;
use situs::lang::syntax::parse;

const LANGUAGE: &str = include_str!("../syntax/language.situs");
const CLINIC: &str = include_str!("../../examples/quickstart/clinic.situs");

fn laid_out(text: &str) -> String {
    let (new, diagnostics) = format(SourceId(0), text);
    assert!(diagnostics.is_empty(), "{diagnostics:?}\n{text}");
    new
}

/// The tree of a text without its places, and its comments; nothing where it does not parse.
fn meaning(text: &str) -> Option<(String, Vec<String>)> {
    let mut sources = Sources::new();
    let id = sources.add("main.situs", text);
    let (file, diagnostics) = parse(id, text);
    if diagnostics.has_errors() {
        return None;
    }
    let spans = Regex::new(r"Span \{ source: SourceId\(\d+\), start: \d+, end: \d+ \}").unwrap();
    let tree = spans.replace_all(&format!("{:?}", file.body.items), "-").into_owned();
    let comments = file.comments.iter().map(|c| sources.slice(c.span).to_owned()).collect();
    Some((tree, comments))
}

/// What must hold for every text.
fn check(text: &str) {
    let (new, diagnostics) = format(SourceId(0), text);
    if diagnostics.has_errors() {
        assert_eq!(new, text, "a text with mistakes is left alone");
        return;
    }
    assert_eq!(
        meaning(&new),
        meaning(text),
        "the same tree and comments\n{text}\n=>\n{new}"
    );
    assert_eq!(laid_out(&new), new, "a fixed point\n{text}");
}

#[test]
fn the_example_is_laid_out() {
    assert_eq!(laid_out(CLINIC), CLINIC);
}

#[test]
fn the_language_by_example_keeps_its_columns() {
    check(LANGUAGE);
    let new = laid_out(LANGUAGE);
    let changed: Vec<&str> = new
        .lines()
        .filter(|line| !LANGUAGE.lines().any(|l| l == *line))
        .collect();
    assert_eq!(
        changed,
        [
            "  kind          = edge",
            "  in            = DE-BY",
            "  operator      = clinic",
            "  traits        = [\"gpu:l4\", \"camera\"]",
            "# no `via` means: the path is unknown, and unknown is not allowed",
        ]
    );
}

#[test]
fn blanks_and_indentation() {
    let cases = [
        ("a=1\nlong  =  [ 1,2 ]\n", "a    = 1\nlong = [1, 2]\n"),
        (
            "site x{\nkind=edge\n\n\n\nat   =  [1,2] # where\n}",
            "site x {\n  kind = edge\n\n  at = [1, 2] # where\n}\n",
        ),
        (
            "a = {}\nb = { }\nc = {x=1,\"y\":2}\n",
            "a = {}\nb = {}\nc = { x = 1, \"y\": 2 }\n",
        ),
        ("a = f( 1,x [0 ])\n", ""),
        ("a = b[*]/c.*-d.*.e\n", "a = b[*] / c.* - d.*.e\n"),
        ("a = f( 1,x[ 0 ])\n", "a = f(1, x[0])\n"),
        ("a = b?c:d+1*-2\n", "a = b ? c : d + 1 * -2\n"),
        (
            "store ,process only in EEA|CH\nunless sealed(e2e)\n# note\n|covered by scc\n",
            "store, process only in EEA | CH\n  unless sealed(e2e)\n  # note\n  | covered by scc\n",
        ),
        ("link a   -- b{ via=[DE] }\n", "link a -- b { via = [DE] }\n"),
        (
            "tags = merge(a, {\nName = 1\n  Longer = 2\n  }, [\n1,\n{\nx = 1\n},\n])\n",
            "tags = merge(a, {\n  Name   = 1\n  Longer = 2\n}, [\n  1,\n  {\n    x = 1\n  },\n])\n",
        ),
        (
            "r g on dataset where class <= a\n| b {\nstore only in EEA\n}\n",
            "r g on dataset where class <= a\n  | b {\n  store only in EEA\n}\n",
        ),
        (
            "x = <<-EOT\n   kept   as it is\n  EOT\ny   = 1\n",
            "x = <<-EOT\n   kept   as it is\n  EOT\ny = 1\n",
        ),
        (
            "a = [for k,v in xs:k if v!=1]\nb = {for k, v in m : k=>v... if v}\n",
            "a = [for k, v in xs : k if v != 1]\nb = { for k, v in m : k => v... if v }\n",
        ),
        ("\u{feff}\n\na = 1\r\nb = 2\r\n", "a = 1\nb = 2\n"),
        ("a {\n\n  # first\n\n}\n", "a {\n  # first\n}\n"),
        ("", ""),
        ("# only a comment", "# only a comment\n"),
        ("a = 1 /* one */ + /* two\n lines */ 2\n", ""),
        (
            "a = (1 /* one */ + /* two\n lines */ 2)\n",
            "a = (1 /* one */ + /* two\n lines */ 2)\n",
        ),
    ];
    for (text, expected) in cases {
        check(text);
        if !expected.is_empty() {
            assert_eq!(laid_out(text), expected, "{text}");
        }
    }
}

#[test]
fn what_the_author_aligned_stays_aligned() {
    let cases = [
        // Among attributes, a wide gap leads to the column of the signs.
        (
            "s {\n  a    x\n  abcdef = 1\n  b  c { d = 1 }\n  z y\n}\n",
            "s {\n  a      x\n  abcdef = 1\n  b      c { d = 1 }\n  z y\n}\n",
        ),
        // Without attributes, what stood in one column.
        (
            "s {\n  reads   x\n  writes  y\n  failover z\n}\n",
            "s {\n  reads  x\n  writes y\n  failover z\n}\n",
        ),
        ("s {\n  only   a\n  longer b\n}\n", "s {\n  only   a\n  longer b\n}\n"),
        // One lined-up brace stands for all of them.
        (
            "op a    { x = 1 }\nop bcdefgh { x = 1 }\n",
            "op a       { x = 1 }\nop bcdefgh { x = 1 }\n",
        ),
        (
            "op a { x = 1 }\nop bcdefgh { x = 1 }\n",
            "op a { x = 1 }\nop bcdefgh { x = 1 }\n",
        ),
        // A wide gap with nothing to line up with is closed.
        ("reads    x\n", "reads x\n"),
        // Comments keep their column while there is room, and go together.
        (
            "a = 1       # x\nbcd = 2     # y\n            # z\n",
            "a   = 1     # x\nbcd = 2     # y\n            # z\n",
        ),
        ("a = 100 # x\nbcdefgh = 2 # y\n", "a       = 100 # x\nbcdefgh = 2 # y\n"),
    ];
    for (text, expected) in cases {
        check(text);
        assert_eq!(laid_out(text), expected, "{text}");
    }
}

#[test]
fn mistakes_leave_the_text_alone() {
    let text = "a   = \nb =   2\n";
    let (new, diagnostics) = format(SourceId(0), text);
    assert_eq!(new, text);
    assert_eq!(diagnostics.iter().map(|d| d.code.id).collect::<Vec<_>>(), ["E009"]);
}

fn name() -> impl Strategy<Value = String> {
    "[a-z]{1,9}".prop_filter("words of the grammar", |w| {
        ![
            "unless", "because", "until", "asserted", "approved", "for", "if", "in", "else", "endif",
        ]
        .contains(&w.as_str())
    })
}

fn blanks() -> impl Strategy<Value = String> {
    prop_oneof![4 => Just(" ".to_owned()), 1 => Just("    ".to_owned()), 1 => Just("  ".to_owned()), 1 => Just("\t".to_owned())]
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        name(),
        "[0-9]{1,3}(ms|GiB|%|)?",
        Just("\"a  ${ x  [ 0 ] }  # b\"".to_owned()),
        Just("/* c */ 1".to_owned()),
        Just("<<-EOT\n  a   b\n    # c\n\n\n EOT\n".to_owned()),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), blanks(), inner.clone()).prop_map(|(a, s, b)| format!("[{a},{s}{b}{s}]")),
            (inner.clone(), blanks(), inner.clone()).prop_map(|(a, s, b)| format!("({a}{s}+{b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(\n{a}\n?{b}:{a}# c\n)")),
            (name(), inner.clone(), blanks()).prop_map(|(k, v, s)| format!("{{{k}{s}={v}}}")),
            (name(), inner.clone(), name(), inner.clone())
                .prop_map(|(k, v, l, w)| format!("{{ # c\n{k} = {v}\n   {l}={w} // d\n\n\n}}")),
            (name(), inner).prop_map(|(f, a)| format!("{f}(\n{a})")),
        ]
    })
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![3 => Just(String::new()), 1 => "[ ]{0,9}# [a-z ]{0,5}", 1 => Just("  /* a */ // b".to_owned())]
}

fn item() -> impl Strategy<Value = String> {
    let one_line = (name(), blanks(), name(), blanks(), value(), comment())
        .prop_map(|(w, s, o, t, v, c)| format!("{w}{s}{o}{t}{{ x={v} }}{c}\n"));
    let attribute = (name(), blanks(), value(), comment()).prop_map(|(n, s, v, c)| format!("{n}{s}={s}{v}{c}\n"));
    let clause = (name(), blanks(), name(), blanks(), name(), comment())
        .prop_map(|(w, s, a, t, b, c)| format!("{w}{s}{a}{t}{b}{c}\n"));
    let long = (name(), name(), blanks())
        .prop_map(|(a, b, s)| format!("{a} only in{s}{b}|{a}\nunless {b}(x in{s}EEA)\n# c\n  & {a}\n"));
    let leaf = prop_oneof![
        4 => attribute,
        4 => one_line,
        4 => clause,
        1 => long,
        1 => Just("\n".to_owned()),
        1 => Just("\n\n\n".to_owned()),
        1 => Just("      # own line\n".to_owned()),
        1 => Just("/* two\n   lines */\n".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 6, |inner| {
        (name(), name(), comment(), prop::collection::vec(inner, 0..6))
            .prop_map(|(w, o, c, items)| format!("{w} {o}{{{c}\n{}}}\n", items.concat()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn generated_files(items in prop::collection::vec(item(), 0..12)) {
        check(&items.concat());
    }

    #[test]
    fn mutated_files(
        clinic in any::<bool>(),
        edits in prop::collection::vec((0usize..4000, "[\\[\\](){}\"=\n,#|&<>$%.a-z0-9 -]{0,6}|    |\n\n\n|/\\*|\\*/", 0usize..4), 1..4),
    ) {
        let mut chars: Vec<char> = if clinic { CLINIC } else { LANGUAGE }.chars().collect();
        for (at, with, cut) in edits {
            let at = at % (chars.len() + 1);
            let end = (at + cut).min(chars.len());
            chars.splice(at..end, with.chars());
        }
        check(&chars.into_iter().collect::<String>());
    }
}
