//! What is said about text that could not be read. Habits from other languages are recognised first ([`HABITS`]); else the place
//! where the grammar came to a stop says what was expected there.

use pest::Parser as _;
use pest::error::{Error, ErrorVariant, InputLocation};

use crate::base::span::Span;
use crate::base::{Code, Diagnostic, SourceId};

use super::expr::{MAX_LINKS, MAX_OPERATORS};
use super::parse::{Grammar, Rule};
use super::split::{MAX_DEPTH, span};

/// Text that the grammar does not know.
pub const UNREADABLE: Code = Code::new("E001", "text that cannot be read");
/// A bracket that is not closed.
pub const NOT_CLOSED: Code = Code::new("E002", "a bracket or a quote that is not closed");
/// A bracket that closes nothing.
pub const STRAY: Code = Code::new("E003", "a closing bracket that closes nothing");
/// A habit from another language.
pub const HABIT: Code = Code::new("E004", "a habit of another language");
/// Brackets that nest too deep.
pub const TOO_DEEP: Code = Code::new("E005", "brackets that nest too deep");
/// An expression that goes on too long.
pub(super) fn too_long(at: Span) -> Diagnostic {
    Diagnostic::error(TOO_DEEP, "this expression is too long to be read")
        .at(at, format!("more than {MAX_OPERATORS} operators or {MAX_LINKS} dots in a row, or too many expressions one in another"))
        .help("give parts of it names with `locals`, or take a function such as `sum` or `concat`")
}

/// A name that is missing behind a dot.
pub const DANGLING: Code = Code::new("E006", "a dot without a name behind it");
/// An escape that is not known.
pub const ESCAPE: Code = Code::new("E007", "an escape that is not known");
/// A template directive that is out of place.
pub const DIRECTIVE: Code = Code::new("E008", "a template directive that is out of place");
/// A value that is missing.
pub const NO_VALUE: Code = Code::new("E009", "a value that is missing");

/// Finds a habit in the text of an item: where, what to say there, and what to do.
type Habit = fn(&str) -> Option<Found>;

struct Found {
    at: usize,
    length: usize,
    title: &'static str,
    label: &'static str,
    help: String,
}

/// Tried in order.
const HABITS: [Habit; 6] = [missing_value, colon, single_quotes, smart_quotes, arrow, semicolon];

/// An item that could not be read. `text` stands at byte `at` of its source.
pub(super) fn bad_item(source: SourceId, at: usize, text: &str) -> Diagnostic {
    if let Some(c) = text.chars().next().filter(|c| matches!(c, '}' | ']' | ')')) {
        return Diagnostic::error(STRAY, format!("`{c}` closes nothing"))
            .at(span(source, at, at + 1), "nothing is open here")
            .help("take it out, or look for the opening bracket that is missing before it");
    }
    if let Some(found) = HABITS.iter().find_map(|habit| habit(text)) {
        let place = span(source, at + found.at, at + found.at + found.length);
        let code = if found.title.starts_with("a value") {
            NO_VALUE
        } else {
            HABIT
        };
        return Diagnostic::error(code, found.title)
            .at(place, found.label)
            .help(found.help);
    }
    match Grammar::parse(Rule::one_item, text) {
        Err(error) => explain(source, at, text, &error),
        // By itself it reads well: what follows it does not, and that is where the grammar stopped.
        Ok(nodes) => match nodes.flatten().find(|n| n.as_rule() == Rule::bad_item) {
            Some(bad) if bad.as_str().len() < text.len() => bad_item(source, at + bad.as_span().start(), bad.as_str()),
            _ => unreadable(source, at, text),
        },
    }
}

/// Where the reading of an item came to a stop: tried as an attribute, or as a statement.
fn unreadable(source: SourceId, at: usize, text: &str) -> Diagnostic {
    let attribute = text
        .split_once('=')
        .is_some_and(|(name, _)| !name.trim().is_empty() && is_word(name.trim()));
    let rule = if attribute {
        Rule::only_attribute
    } else {
        Rule::only_statement
    };
    match Grammar::parse(rule, text) {
        Err(error) => explain(source, at, text, &error),
        Ok(_) => Diagnostic::error(UNREADABLE, "this cannot be read")
            .at(span(source, at, at + text.trim_end().len()), "here"),
    }
}

/// Says what was expected where the grammar came to a stop.
pub(super) fn explain(source: SourceId, base: usize, text: &str, error: &Error<Rule>) -> Diagnostic {
    if let Some((open, c)) = unclosed(text) {
        let what = if c == '"' { "a quote" } else { "a bracket" };
        let label = if c == '"' {
            "opened here, and its line ends".to_owned()
        } else {
            "opened here".to_owned()
        };
        return Diagnostic::error(NOT_CLOSED, format!("{what} is not closed: `{c}`"))
            .at(span(source, base + open, base + open + 1), label)
            .help(format!("close it with `{}`", closing(c)));
    }
    stopped(source, base, text, error)
}

/// Where the grammar came to a stop, and what it expected there.
pub(super) fn stopped(source: SourceId, base: usize, text: &str, error: &Error<Rule>) -> Diagnostic {
    let at = match error.location {
        InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
    };
    let found = text.get(at..).and_then(|rest| rest.chars().next());
    let length = found.map_or(0, char::len_utf8);
    let title = match found {
        None | Some('\n') => "the line ends where more was expected".to_owned(),
        Some(c) => format!("`{c}` is not expected here"),
    };
    let diagnostic = Diagnostic::error(UNREADABLE, title).at(
        span(
            source,
            base + at,
            base + at + if found == Some('\n') { 0 } else { length },
        ),
        expected(error),
    );
    match found {
        Some('\'') => diagnostic.help("write strings in double quotes: \"text\""),
        Some(_) => diagnostic.help_some(unit_apart(text, at)),
        _ => diagnostic,
    }
}

/// `30 d` for `30d`.
fn unit_apart(text: &str, at: usize) -> Option<String> {
    let (before, behind) = text.split_at_checked(at)?;
    let end = behind.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(behind.len());
    let unit = behind.get(..end)?;
    let number = before.strip_suffix(' ')?.trim_end_matches(' ');
    let start = number
        .rfind(|c: char| !(c.is_ascii_digit() || c == '.'))
        .map_or(0, |i| i + 1);
    let digits = number
        .get(start..)
        .filter(|d| d.ends_with(|c: char| c.is_ascii_digit()))?;
    let in_a_name = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    if number.get(..start)?.ends_with(in_a_name) {
        return None;
    }
    situs_value::units::unit_of(unit).ok()?;
    Some(format!("a unit touches its number: `{digits}{unit}`"))
}

fn expected(error: &Error<Rule>) -> String {
    let ErrorVariant::ParsingError { positives, .. } = &error.variant else {
        return "here".to_owned();
    };
    let mut names: Vec<&str> = positives.iter().filter_map(|rule| name(*rule)).collect();
    names.sort_unstable();
    names.dedup();
    if names.contains(&"a value") {
        names.retain(|name| *name != "a name");
    }
    match names.as_slice() {
        [] => "something else is expected".to_owned(),
        [one] => format!("expected {one}"),
        [all @ .., last] => format!("expected {} or {last}", all.join(", ")),
    }
}

/// What a rule is for people; rules that say nothing to them are left out.
fn name(rule: Rule) -> Option<&'static str> {
    Some(match rule {
        Rule::ident => "a name",
        Rule::prefix => "a value",
        Rule::operand | Rule::operands | Rule::phrase_arg => "a name or a value",
        Rule::body => "`{`",
        Rule::goes_on
        | Rule::or_op
        | Rule::and_op
        | Rule::eq_op
        | Rule::cmp_op
        | Rule::add_op
        | Rule::set_op
        | Rule::mul_op => "an operator",
        Rule::for_if => "`if`",
        Rule::d_if | Rule::d_for => "`if` or `for`",
        Rule::close => "`}`",
        Rule::unit => "a unit",
        _ => return None,
    })
}

/// The first bracket or quote that is not closed.
fn unclosed(text: &str) -> Option<(usize, char)> {
    let mut open: Vec<(usize, char)> = Vec::new();
    let mut chars = text.char_indices().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            '#' => while chars.next_if(|(_, c)| *c != '\n').is_some() {},
            '"' => {
                let mut closed = false;
                while let Some((_, c)) = chars.next_if(|(_, c)| *c != '\n') {
                    if c == '\\' {
                        chars.next();
                    } else if c == '"' {
                        closed = true;
                        break;
                    }
                }
                if !closed {
                    return Some((at, '"'));
                }
            }
            '(' | '[' | '{' => open.push((at, c)),
            // A bracket that another one's end closes is the one that is not closed.
            ')' | ']' | '}' => match open.pop() {
                Some((at, was)) if closing(was) != c => return Some((at, was)),
                _ => {}
            },
            _ => {}
        }
    }
    open.pop()
}

fn closing(open: char) -> char {
    match open {
        '(' => ')',
        '[' => ']',
        '{' => '}',
        other => other,
    }
}

/// A block whose closing brace is missing.
pub(super) fn missing_close(open: Span, end: Span, word: Option<&str>) -> Diagnostic {
    let what = word.map_or("a block".to_owned(), |w| format!("the block `{w}`"));
    Diagnostic::error(NOT_CLOSED, format!("{what} is not closed"))
        .at(open, "opened here")
        .and(end, "`}` is missing, at the latest here")
        .help("close it with `}` on a line of its own")
}

/// Brackets that nest too deep.
pub(super) fn too_deep(source: SourceId, at: usize, text: &str) -> Diagnostic {
    let first = text.lines().next().unwrap_or("");
    Diagnostic::error(TOO_DEEP, format!("brackets nest deeper than {MAX_DEPTH}"))
        .at(span(source, at, at + first.len()), "in what starts here")
        .help("give the inner parts names with `locals`")
}

/// A name that is missing behind a dot.
pub(super) fn dangling(at: Span) -> Diagnostic {
    Diagnostic::error(DANGLING, "a name is missing behind the dot")
        .at(at, "expected a name")
        .help("name the attribute, or take the dot out")
}

/// An escape that is not known.
pub(super) fn bad_escape(at: Span, text: &str) -> Diagnostic {
    Diagnostic::error(ESCAPE, format!("`{text}` is no escape"))
        .at(at, "expected one of `\\n \\r \\t \\\" \\\\ \\u1234 \\U0001f600`")
        .help("write `\\\\` for a backslash")
}

/// `%{else}`, `%{endif}` or `%{endfor}` with nothing open.
pub(super) fn stray_directive(at: Span) -> Diagnostic {
    Diagnostic::error(DIRECTIVE, "this directive closes nothing")
        .at(at, "no `%{if}` or `%{for}` is open here")
        .help("take it out")
}

/// `%{if}` or `%{for}` without its end.
pub(super) fn open_directive(at: Span, word: &str, end: &str) -> Diagnostic {
    Diagnostic::error(DIRECTIVE, format!("`%{{{word}}}` is not closed"))
        .at(at, "opened here")
        .help(format!("close it with `%{{ {end} }}`"))
}

fn is_word(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '-'))
}

/// The word at the start of an item, and what follows it.
fn head(text: &str) -> (&str, &str) {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '-')))
        .unwrap_or(text.len());
    text.split_at_checked(end).unwrap_or((text, ""))
}

fn missing_value(text: &str) -> Option<Found> {
    let (word, rest) = head(text);
    let line = rest.lines().next().unwrap_or("");
    let after = line.trim_start().strip_prefix('=')?.trim_start();
    let nothing = after.is_empty() || after.starts_with(['#', ',', '}']) || after.starts_with("//");
    (!word.is_empty() && nothing).then(|| Found {
        at: word.len() + line.find('=').unwrap_or(0),
        length: 1,
        title: "a value is missing behind `=`",
        label: "expected a value on this line",
        help: format!("write what `{word}` is, or take the line out"),
    })
}

fn colon(text: &str) -> Option<Found> {
    let (word, rest) = head(text);
    let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
    let value = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?;
    (!word.is_empty() && !value.starts_with(':')).then(|| Found {
        at: word.len() + blanks,
        length: 1,
        title: "an attribute is written with `=`",
        label: "expected `=`",
        help: format!("write `{word} = {}`", value.lines().next().unwrap_or("").trim()),
    })
}

fn single_quotes(text: &str) -> Option<Found> {
    let at = text.find('\'')?;
    let length = text.get(at + 1..)?.find('\'')? + 2;
    let inside = text.get(at + 1..at + length - 1)?;
    (!text.get(..at)?.contains('"') && !inside.contains('\n')).then(|| Found {
        at,
        length,
        title: "strings stand in double quotes",
        label: "in single quotes",
        help: format!("write \"{inside}\""),
    })
}

fn smart_quotes(text: &str) -> Option<Found> {
    let (at, c) = text
        .char_indices()
        .find(|(_, c)| matches!(c, '\u{201c}' | '\u{201d}' | '\u{201e}' | '\u{2018}' | '\u{2019}'))?;
    Some(Found {
        at,
        length: c.len_utf8(),
        title: "strings stand in plain double quotes",
        label: "a typographic quote",
        help: "write \"…\" with the plain sign".to_owned(),
    })
}

fn arrow(text: &str) -> Option<Found> {
    let (word, rest) = head(text);
    let at = rest.find("=>")?;
    (!word.is_empty() && rest.get(..at)?.trim().is_empty()).then(|| Found {
        at: word.len() + at,
        length: 2,
        title: "an attribute is written with `=`",
        label: "expected `=`",
        help: format!("write `{word} = …`; `=>` belongs to `for` expressions"),
    })
}

fn semicolon(text: &str) -> Option<Found> {
    let line = text.lines().next()?;
    let at = line.trim_end().strip_suffix(';')?.len();
    Some(Found {
        at,
        length: 1,
        title: "a line ends without a sign",
        label: "a semicolon",
        help: "take the `;` out".to_owned(),
    })
}
