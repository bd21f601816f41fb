//! Two values side by side, as rows with marks:
//!
//! ```text
//!   ~ resource "local_process" "main" {
//!       ~ environment = {
//!           ~ "MODE" = "slow" -> "fast"
//!             # (1 unchanged element hidden)
//!         }
//!         id          = "p-1"
//!         # (3 unchanged attributes hidden)
//!     }
//! ```

use std::collections::BTreeSet;
use std::sync::Arc;

use similar::{Algorithm, ChangeTag, DiffOp, TextDiff, capture_diff_slices};
use situs_provider::Nesting;
use situs_value::{Path, Value};

use crate::run::plan::blocks::{Blocks, Inner};

use super::human::plural;
use super::paint::{Paint, Style, safe_lines};
use super::values::{EPHEMERAL, SENSITIVE, UNKNOWN, inline, is_tall, key};

/// Shown also where they do not change: what a reader knows the resource by.
pub const ALWAYS: [&str; 2] = ["id", "name"];

/// What happens to a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It comes.
    Add,
    /// It goes.
    Remove,
    /// It changes.
    Change,
    /// It stays.
    Same,
}

impl Mark {
    fn drawn(self, paint: Paint) -> String {
        match self {
            Mark::Add => paint.paint(Style::Green, "+"),
            Mark::Remove => paint.paint(Style::Red, "-"),
            Mark::Change => paint.paint(Style::Yellow, "~"),
            Mark::Same => " ".to_owned(),
        }
    }
}

/// Draws rows.
pub struct Rows<'a> {
    paint: Paint,
    replace: &'a [Path],
    text: String,
}

/// Where an entry stands.
struct At<'a> {
    depth: usize,
    path: &'a Path,
    /// `name = `, or nothing in a list.
    head: &'a str,
    /// What follows the value: `,` in a list.
    tail: &'a str,
}

impl<'a> Rows<'a> {
    /// No rows yet. Changes at a path of `replace` are said to force a replacement.
    pub fn new(paint: Paint, replace: &'a [Path]) -> Self {
        Self {
            paint,
            replace,
            text: String::new(),
        }
    }

    /// The rows, each with its line end.
    pub fn finish(self) -> String {
        self.text
    }

    /// One row.
    pub fn row(&mut self, depth: usize, mark: Mark, content: &str) {
        let margin = " ".repeat(4 * depth + 2);
        let row = format!("{margin}{} {content}", mark.drawn(self.paint));
        self.text.push_str(row.trim_end());
        self.text.push('\n');
    }

    /// A named value; the name takes so many columns.
    pub fn named(&mut self, depth: usize, name: &str, width: usize, before: &Value, after: &Value) {
        let (path, head) = (Path::root().attr(name), format!("{:width$} = ", key(name, false)));
        self.entry(
            &At {
                depth,
                path: &path,
                head: &head,
                tail: "",
            },
            before,
            after,
        );
    }

    /// An object whose parts are attributes and blocks: what changes, and how many do not.
    pub fn object(&mut self, depth: usize, path: &Path, before: &Value, after: &Value, blocks: &Blocks) {
        self.parts(depth, path, before, after, blocks);
        let of = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
        let mut hidden = 0;
        for (name, inner) in &blocks.0 {
            hidden += self.blocks(
                depth,
                &path.attr(name),
                name,
                (&of(before, name), &of(after, name)),
                inner,
            );
        }
        self.hidden(depth, hidden, "block");
    }

    /// The blocks of one name; gives how many do not change.
    fn blocks(&mut self, depth: usize, path: &Path, name: &str, both: (&Value, &Value), inner: &Inner) -> usize {
        let marked = |v: &Value| matches!(v, Value::Marked(..));
        if marked(both.0) || marked(both.1) || !both.1.is_known() {
            let head = format!("{name} = ");
            let at = At {
                depth,
                path,
                head: &head,
                tail: "",
            };
            self.entry(&at, both.0, both.1);
            return 0;
        }
        let all = paired(inner.nesting, both.0, both.1);
        let there = |b: &Value, a: &Value| !(b.is_null() && a.is_null());
        let all: Vec<_> = all.into_iter().filter(|(_, b, a)| there(b, a)).collect();
        let (hidden, shown): (Vec<_>, Vec<_>) = all.into_iter().partition(|(_, b, a)| same(b, a));
        if !shown.is_empty() {
            self.text.push('\n');
        }
        for (label, before, after) in shown {
            let mark = match (before.is_null(), after.is_null()) {
                (true, _) => Mark::Add,
                (_, true) => Mark::Remove,
                _ => Mark::Change,
            };
            let label = label.map(|l| format!("{} ", key(&l, true))).unwrap_or_default();
            let forces = self.forces(path);
            self.row(depth, mark, &format!("{} {label}{{{forces}", safe_lines(name)));
            self.object(depth + 1, path, &before, &after, &inner.blocks);
            self.row(depth, Mark::Same, "}");
        }
        hidden.len()
    }

    /// The attributes of an object, or the elements of a map: what changes, and how many do not.
    pub fn attributes(&mut self, depth: usize, path: &Path, before: &Value, after: &Value) {
        self.parts(depth, path, before, after, &Blocks::default());
    }

    fn parts(&mut self, depth: usize, path: &Path, before: &Value, after: &Value, blocks: &Blocks) {
        let quoted = matches!(before, Value::Map(_)) || matches!(after, Value::Map(_));
        let names: BTreeSet<&Arc<str>> = [before, after]
            .iter()
            .filter_map(|v| v.attributes())
            .flat_map(|m| m.keys())
            .filter(|name| !blocks.0.contains_key(*name))
            .collect();
        let of = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
        let all: Vec<_> = names.into_iter().map(|n| (n, of(before, n), of(after, n))).collect();
        let (shown, hidden): (Vec<_>, Vec<_>) = all
            .into_iter()
            .filter(|(_, b, a)| !(b.is_null() && a.is_null()))
            .partition(|(n, b, a)| !same(b, a) || (depth == 1 && ALWAYS.contains(&n.as_ref())));
        let width = shown
            .iter()
            .map(|(n, ..)| key(n, quoted).chars().count())
            .max()
            .unwrap_or(0);
        for (name, before, after) in &shown {
            let head = format!("{:width$} = ", key(name, quoted));
            let path = if quoted { path.key(name) } else { path.attr(name) };
            self.entry(
                &At {
                    depth,
                    path: &path,
                    head: &head,
                    tail: "",
                },
                before,
                after,
            );
        }
        self.hidden(depth, hidden.len(), if quoted { "element" } else { "attribute" });
    }

    fn hidden(&mut self, depth: usize, count: usize, word: &str) {
        if count > 0 {
            let unchanged = plural(count, &format!("unchanged {word}"));
            let comment = self.paint.dim(format!("# ({unchanged} hidden)"));
            self.row(depth, Mark::Same, &comment);
        }
    }

    fn entry(&mut self, at: &At<'_>, before: &Value, after: &Value) {
        match (before.is_null(), after.is_null()) {
            _ if same(before, after) => self.whole(at, Mark::Same, after, ""),
            (true, _) => self.whole(at, Mark::Add, after, ""),
            (_, true) => {
                let null = if at.head.is_empty() {
                    String::new()
                } else {
                    self.paint.dim(" -> null")
                };
                self.whole(at, Mark::Remove, before, &null);
            }
            _ => self.change(at, before, after),
        }
    }

    /// A value of which all comes, goes or stays.
    fn whole(&mut self, at: &At<'_>, mark: Mark, value: &Value, then: &str) {
        let inner = if mark == Mark::Same { Mark::Same } else { mark };
        let (head, tail, forces) = (at.head, at.tail, self.forces(at.path));
        match value {
            Value::List(e) | Value::Set(e) | Value::Tuple(e) if !e.is_empty() => {
                self.row(at.depth, mark, &format!("{head}[{forces}"));
                for element in e.iter() {
                    self.whole(
                        &At {
                            depth: at.depth + 1,
                            head: "",
                            tail: ",",
                            ..*at
                        },
                        inner,
                        element,
                        "",
                    );
                }
                self.row(at.depth, Mark::Same, &format!("]{tail}{then}"));
            }
            Value::Map(m) | Value::Object(m) if !m.is_empty() => {
                self.row(at.depth, mark, &format!("{head}{{{forces}"));
                let shown = m.iter().filter(|(_, v)| matches!(value, Value::Map(_)) || !v.is_null());
                for (key, (_, element)) in visible_keys(value).iter().zip(shown) {
                    let head = format!("{key} = ");
                    self.whole(
                        &At {
                            depth: at.depth + 1,
                            head: &head,
                            tail: "",
                            ..*at
                        },
                        inner,
                        element,
                        "",
                    );
                }
                self.row(at.depth, Mark::Same, &format!("}}{tail}{then}"));
            }
            Value::String(s) if is_tall(s) => {
                self.row(at.depth, mark, &format!("{head}<<-EOT{forces}"));
                s.lines()
                    .for_each(|line| self.row(at.depth + 1, Mark::Same, &safe_lines(line)));
                self.row(at.depth, Mark::Same, &format!("EOT{tail}{then}"));
            }
            other => self.row(at.depth, mark, &format!("{head}{}{tail}{then}{forces}", inline(other))),
        }
    }

    fn change(&mut self, at: &At<'_>, before: &Value, after: &Value) {
        let (head, tail, forces) = (at.head, at.tail, self.forces(at.path));
        match (before, after) {
            (Value::Map(_) | Value::Object(_), Value::Map(_) | Value::Object(_)) => {
                self.row(at.depth, Mark::Change, &format!("{head}{{{forces}"));
                self.attributes(at.depth + 1, at.path, before, after);
                self.row(at.depth, Mark::Same, &format!("}}{tail}"));
            }
            (Value::List(b) | Value::Set(b) | Value::Tuple(b), Value::List(a) | Value::Set(a) | Value::Tuple(a)) => {
                self.row(at.depth, Mark::Change, &format!("{head}[{forces}"));
                self.elements(at, b, a);
                self.row(at.depth, Mark::Same, &format!("]{tail}"));
            }
            (Value::String(b), Value::String(a)) if is_tall(b) || is_tall(a) => {
                self.row(at.depth, Mark::Change, &format!("{head}<<-EOT{forces}"));
                self.lines(at.depth + 1, b, a);
                self.row(at.depth, Mark::Same, &format!("EOT{tail}"));
            }
            _ => {
                let arrow = self.paint.paint(Style::Yellow, "->");
                let row = format!("{head}{} {arrow} {}{tail}{forces}", one_line(before), one_line(after));
                self.row(at.depth, Mark::Change, &row);
            }
        }
    }

    fn elements(&mut self, at: &At<'_>, before: &[Value], after: &[Value]) {
        let canonical = |values: &[Value]| -> Vec<String> {
            values
                .iter()
                .map(|v| serde_json::to_string(&v.unmarked_deep()).unwrap_or_default())
                .collect()
        };
        let inner = At {
            depth: at.depth + 1,
            head: "",
            tail: ",",
            ..*at
        };
        for op in capture_diff_slices(Algorithm::Myers, &canonical(before), &canonical(after)) {
            let old = before.get(op.old_range()).unwrap_or_default();
            let new = after.get(op.new_range()).unwrap_or_default();
            if let DiffOp::Equal { len, .. } = op {
                self.hidden(inner.depth, len, "element");
            } else if old.len() == new.len()
                && old
                    .iter()
                    .zip(new)
                    .all(|(b, a)| b.attributes().is_some() && a.attributes().is_some())
            {
                old.iter().zip(new).for_each(|(b, a)| self.entry(&inner, b, a));
            } else {
                old.iter().for_each(|v| self.whole(&inner, Mark::Remove, v, ""));
                new.iter().for_each(|v| self.whole(&inner, Mark::Add, v, ""));
            }
        }
    }

    fn lines(&mut self, depth: usize, before: &str, after: &str) {
        let diff = TextDiff::from_lines(before, after);
        let mut next = 0;
        for group in diff.grouped_ops(3) {
            let start = group.first().map_or(0, |op| op.old_range().start);
            self.skipped(depth, start.saturating_sub(next));
            next = group.last().map_or(next, |op| op.old_range().end);
            for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
                let mark = match change.tag() {
                    ChangeTag::Equal => Mark::Same,
                    ChangeTag::Delete => Mark::Remove,
                    ChangeTag::Insert => Mark::Add,
                };
                self.row(depth, mark, &safe_lines(change.value().trim_end_matches('\n')));
            }
        }
        self.skipped(depth, before.lines().count().saturating_sub(next));
    }

    fn skipped(&mut self, depth: usize, lines: usize) {
        if lines > 0 {
            let text = self.paint.dim(format!("⋮ ({})", plural(lines, "unchanged line")));
            self.row(depth, Mark::Same, &text);
        }
    }

    fn forces(&self, path: &Path) -> String {
        if self.replace.contains(path) {
            format!(" {}", self.paint.paint(Style::Red, "# forces replacement"))
        } else {
            String::new()
        }
    }
}

/// Blocks of one name side by side: by their order, by their label, or of a set those that are alike.
fn paired(nesting: Nesting, before: &Value, after: &Value) -> Vec<(Option<Arc<str>>, Value, Value)> {
    let list = |value: &Value| value.elements().map(<[Value]>::to_vec).unwrap_or_default();
    match nesting {
        Nesting::Single | Nesting::Group => vec![(None, before.clone(), after.clone())],
        Nesting::List => {
            let (b, a) = (list(before), list(after));
            let part = |of: &[Value], i: usize| of.get(i).cloned().unwrap_or_default();
            (0..b.len().max(a.len()))
                .map(|i| (None, part(&b, i), part(&a, i)))
                .collect()
        }
        Nesting::Set => {
            let mut after = list(after);
            let mut pairs: Vec<_> = Vec::new();
            for element in list(before) {
                let partner = after.iter().position(|a| same(&element, a)).map(|at| after.remove(at));
                pairs.push((None, element, partner.unwrap_or_default()));
            }
            pairs.extend(after.into_iter().map(|element| (None, Value::Null, element)));
            pairs
        }
        Nesting::Map => {
            let of = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
            let keys = [before, after]
                .into_iter()
                .filter_map(|v| v.attributes())
                .flat_map(|m| m.keys().cloned());
            let keys: BTreeSet<Arc<str>> = keys.collect();
            keys.into_iter()
                .map(|k| (Some(k.clone()), of(before, &k), of(after, &k)))
                .collect()
        }
    }
}

/// Whether nothing changes; marks do not matter, and unknown values always may.
fn same(before: &Value, after: &Value) -> bool {
    before.unmarked_deep() == after.unmarked_deep() && after.is_wholly_known()
}

/// The keys of what is drawn of a value: objects leave out what is null.
fn visible_keys(value: &Value) -> Vec<String> {
    let quoted = matches!(value, Value::Map(_));
    let map = value.attributes().into_iter().flatten();
    super::values::pad(map.filter(|(_, v)| quoted || !v.is_null()).map(|(k, _)| key(k, quoted)))
}

fn one_line(value: &Value) -> String {
    match value {
        Value::Marked(marks, _) if marks.sensitive => SENSITIVE.to_owned(),
        Value::Marked(..) => EPHEMERAL.to_owned(),
        Value::Unknown(_) => UNKNOWN.to_owned(),
        other => inline(other),
    }
}

/// Two texts line by line, as `fmt -diff` shows them.
pub fn unified(name: &str, before: &str, after: &str, paint: Paint) -> String {
    let diff = TextDiff::from_lines(before, after);
    let (old, new) = (format!("old/{name}"), format!("new/{name}"));
    let text = diff.unified_diff().context_radius(3).header(&old, &new).to_string();
    let colour = |line: &str| match line.chars().next() {
        Some('+') => paint.paint(Style::Green, safe_lines(line)),
        Some('-') => paint.paint(Style::Red, safe_lines(line)),
        Some('@') => paint.paint(Style::Cyan, line),
        _ => safe_lines(line).into_owned(),
    };
    text.lines().map(|line| colour(line) + "\n").collect()
}
