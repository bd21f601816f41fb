//! Whether the law holds, in a few lines.

use std::fmt::Write as _;

use serde_json::{Value as Json, json};

use crate::base::Diagnostics;
use crate::model::residency::Verdict;

use super::human::plural;
use super::paint::{Paint, Style, safe};

/// What is shown of a verdict.
#[derive(Clone, Debug, PartialEq)]
pub struct View {
    /// `proved`, `violated`, `not provable`.
    pub verdict: String,
    /// What is taken for done and carried out by nobody.
    pub assumptions: Vec<String>,
    /// Every narrowing and derivation.
    pub notes: Vec<String>,
    /// The findings, where they are at hand as messages with places.
    pub findings: Diagnostics,
    /// The verdict as `-json` ends with it.
    pub json: Json,
}

impl View {
    /// The view of a verdict.
    pub fn of(verdict: &Verdict) -> Self {
        let json = verdict.to_json();
        let findings = verdict.findings.iter().map(|f| f.diagnostic.clone()).collect();
        Self {
            findings,
            notes: verdict.notes.clone(),
            ..Self::of_json(&json)
        }
    }

    /// The view of a verdict that is at hand as JSON only: in a plan file.
    pub fn of_json(json: &Json) -> Self {
        let texts = |name: &str| -> Vec<String> {
            let list = json.get(name).and_then(Json::as_array);
            list.into_iter()
                .flatten()
                .filter_map(Json::as_str)
                .map(str::to_owned)
                .collect()
        };
        Self {
            verdict: json
                .get("verdict")
                .and_then(Json::as_str)
                .unwrap_or("unknown")
                .to_owned(),
            assumptions: texts("assumptions"),
            notes: texts("notes"),
            findings: Diagnostics::new(),
            json: json.clone(),
        }
    }

    /// How many ways lead to where data must not be.
    fn count(&self) -> usize {
        self.json
            .get("findings")
            .and_then(Json::as_array)
            .map_or(self.findings.len(), Vec::len)
    }

    /// Whether there is anything to say.
    pub fn is_plain(&self) -> bool {
        self.verdict == "proved" && self.assumptions.is_empty() && self.notes.is_empty() && self.count() == 0
    }
}

/// `Residency: proved`, what that assumes, and what was narrowed.
pub fn text(view: &View, paint: Paint) -> String {
    let style = match view.verdict.as_str() {
        "proved" => Style::BoldGreen,
        "violated" => Style::BoldRed,
        _ => Style::BoldYellow,
    };
    let findings = match view.count() {
        0 => String::new(),
        n => format!(" ({})", plural(n, "finding")),
    };
    let assuming = match view.assumptions.len() {
        0 => String::new(),
        n => format!(", assuming {}", plural(n, "thing")),
    };
    let mut text = format!(
        "{} {}{findings}{assuming}\n",
        paint.bold("Residency:"),
        paint.paint(style, safe(&view.verdict))
    );
    for (word, lines) in [("assumes", &view.assumptions), ("note", &view.notes)] {
        for line in lines {
            let _ = writeln!(text, "  {} {}", paint.dim(format!("{word:8}")), safe(line));
        }
    }
    text
}

/// The last line of `-json`.
pub fn json(view: &View) -> Json {
    let mut json = match &view.json {
        Json::Object(map) => map.clone(),
        _ => serde_json::Map::new(),
    };
    json.entry("verdict").or_insert_with(|| json!(view.verdict));
    json.entry("assumptions").or_insert_with(|| json!(view.assumptions));
    json.entry("findings").or_insert_with(|| json!([]));
    let mut line = serde_json::Map::new();
    line.insert("type".to_owned(), json!("verdict"));
    line.extend(json.into_iter().filter(|(key, _)| key != "type"));
    Json::Object(line)
}
