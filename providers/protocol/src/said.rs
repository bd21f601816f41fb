//! Diagnostics: what a provider says is wrong, with the path of the attribute.

use situs_provider::{Class, Problem, Problems, Severity};
use situs_value::Path;
use situs_value::path::Step;

use crate::wire::tfplugin6::attribute_path::Step as WireStep;
use crate::wire::tfplugin6::attribute_path::step::Selector;
use crate::wire::tfplugin6::{AttributePath, Diagnostic, diagnostic};

/// What was sent, as problems. A severity that is none counts as an error.
pub fn problems(sent: &[Diagnostic]) -> Problems {
    sent.iter().map(problem).collect()
}

fn problem(sent: &Diagnostic) -> Problem {
    let warning = sent.severity == i32::from(diagnostic::Severity::Warning);
    Problem {
        severity: if warning { Severity::Warning } else { Severity::Error },
        summary: sent.summary.trim_end_matches('.').to_owned(),
        detail: sent.detail.clone(),
        path: sent.attribute.as_ref().map(path).filter(|p| !p.is_root()),
        class: Class::Lasting,
    }
}

/// Problems, ready to be sent.
pub fn diagnostics(problems: &[Problem]) -> Vec<Diagnostic> {
    problems.iter().map(diagnostic).collect()
}

fn diagnostic(problem: &Problem) -> Diagnostic {
    let severity = match problem.severity {
        Severity::Error => diagnostic::Severity::Error,
        Severity::Warning => diagnostic::Severity::Warning,
    };
    Diagnostic {
        severity: severity.into(),
        summary: problem.summary.clone(),
        detail: problem.detail.clone(),
        attribute: problem.path.as_ref().map(wire_path),
    }
}

/// A path that was sent, as far as its steps are steps.
pub fn path(sent: &AttributePath) -> Path {
    let step = |step: &WireStep| match step.selector.as_ref()? {
        Selector::AttributeName(name) => Some(Step::Attr(name.as_str().into())),
        Selector::ElementKeyString(key) => Some(Step::Key(key.as_str().into())),
        Selector::ElementKeyInt(at) => usize::try_from(*at).ok().map(Step::Index),
    };
    Path(sent.steps.iter().map_while(step).collect())
}

/// A path, ready to be sent.
pub fn wire_path(path: &Path) -> AttributePath {
    let step = |step: &Step| WireStep {
        selector: Some(match step {
            Step::Attr(name) => Selector::AttributeName(name.to_string()),
            Step::Key(key) => Selector::ElementKeyString(key.to_string()),
            Step::Index(at) => Selector::ElementKeyInt(i64::try_from(*at).unwrap_or(i64::MAX)),
        }),
    };
    AttributePath {
        steps: path.0.iter().map(step).collect(),
    }
}
