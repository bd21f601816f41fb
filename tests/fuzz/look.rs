//! One world through everything up to the plan.

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use situs::base::event::Silent;
use situs::base::ports::{Clock, MemoryWorld};
use situs::base::{Diagnostics, Sources, Span};
use situs::engine::{self, Assumptions, Options, Ports};
use situs::front::builtins;
use situs::front::render::paint::Paint;
use situs::front::render::verdict::View;
use situs::front::render::{human, json, native, plan as plans};
use situs::lang::config::Request;
use situs::lang::format::format;
use situs::model::assignment::Assignment;
use situs::model::{graph, placement};
use situs::run::plan::file;
use situs::run::state::{Holder, Snapshot};

use super::Files;

struct Still;

impl Clock for Still {
    fn now_millis(&self) -> u64 {
        0
    }
}

/// Everything that is said about a world, twice; or what is wrong with that.
pub fn twice(files: &Files) -> Result<(), String> {
    let (first, second) = (said(files)?, said(files)?);
    if first != second {
        return Err(format!(
            "two runs differ:\n{}",
            similar::TextDiff::from_lines(&first, &second).unified_diff()
        ));
    }
    Ok(())
}

fn said(files: &Files) -> Result<String, String> {
    let world = MemoryWorld {
        files: files.clone(),
        ..MemoryWorld::default()
    };
    let ports = Ports {
        world: Arc::new(world),
        clock: Arc::new(Still),
        registry: builtins::registry(),
        sink: Arc::new(Silent),
        state: "/nonexistent/state.db".into(),
        workspace: "default".to_owned(),
        holder: Holder::new("tester".to_owned(), 1, "plan"),
        fault: None,
    };
    let mut said = laid_out(files)?;
    let (loaded, diagnostics) = engine::load(&ports, Request::default());
    tell(&mut said, &diagnostics, &loaded.sources)?;
    if diagnostics.has_errors() {
        return Ok(said);
    }
    tell(&mut said, &engine::validate(&ports, &loaded), &loaded.sources)?;
    let nowhere = Assignment::default();
    let shape = &loaded.config.shape;
    let (placed, _) = placement::place(shape, &loaded.legal, &nowhere);
    let drawn = graph::of_intent(shape, &placed.assignment);
    said += &graph::dot(&drawn);
    said += &graph::mermaid(&drawn);
    for (thing, _) in placed.assignment.things() {
        for site in std::iter::once(None).chain(shape.sites.keys().map(Some)) {
            said += &placement::why(shape, &loaded.legal, &placed.assignment, &placed, &thing, site).join("\n");
        }
    }
    for assumptions in [Assumptions::Named, Assumptions::Refused] {
        let options = Options {
            assumptions,
            ..Options::default()
        };
        let snapshot = Snapshot::default();
        let (planned, diagnostics) = RUNTIME.block_on(engine::plan(&ports, &loaded, &options, &snapshot));
        tell(&mut said, &diagnostics, &loaded.sources)?;
        let Some(planned) = planned else { continue };
        let view = View::of(&planned.verdict);
        tell(&mut said, &view.findings, &loaded.sources)?;
        said += &plans::text(&planned.plan, &view, Paint::Plain);
        said += &native::plan(&planned.plan, &view).to_string();
        said += &file::text(&planned.plan).unwrap();
    }
    Ok(said)
}

static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap()
});

/// The layout of every file, which is its own layout.
fn laid_out(files: &Files) -> Result<String, String> {
    let mut said = String::new();
    for (path, text) in files {
        let mut sources = Sources::new();
        let (once, diagnostics) = format(sources.add(path.as_str(), text.as_str()), text);
        tell(&mut said, &diagnostics, &sources)?;
        let (again, _) = format(sources.add(path.as_str(), once.as_str()), &once);
        if once != again {
            let diff = similar::TextDiff::from_lines(&once, &again);
            return Err(format!(
                "the layout of `{path}` is not its own:\n{}",
                diff.unified_diff()
            ));
        }
        said += &once;
    }
    Ok(said)
}

/// Draws messages in every way, and looks at their places.
fn tell(said: &mut String, diagnostics: &Diagnostics, sources: &Sources) -> Result<(), String> {
    for diagnostic in diagnostics.iter() {
        let labels = diagnostic.primary.iter().chain(&diagnostic.secondary).map(|l| l.span);
        for span in labels.chain(diagnostic.fix.iter().map(|f| f.span)) {
            if !lies_in(span, sources) {
                return Err(format!("a place outside of its text: {diagnostic:#?}"));
            }
        }
        if diagnostic.title.is_empty() || diagnostic.title.ends_with('.') || diagnostic.title.contains('\n') {
            return Err(format!("a title that is no sentence: {diagnostic:#?}"));
        }
        for paint in [Paint::Plain, Paint::Colour] {
            let drawn = human::diagnostic(diagnostic, sources, paint);
            let harmful = |c: char| c.is_control() && c != '\n' && !(c == '\u{1b}' && paint == Paint::Colour);
            if drawn.contains(harmful) {
                return Err(format!("a message that moves the cursor: {drawn:?}"));
            }
        }
    }
    let _ = writeln!(said, "{}", human::diagnostics(diagnostics, sources, Paint::Plain));
    let _ = writeln!(said, "{}", json::validated(diagnostics, sources));
    Ok(())
}

fn lies_in(span: Span, sources: &Sources) -> bool {
    let (start, end) = (span.start as usize, span.end as usize);
    let text = sources.get(span.source).map(|s| s.text.as_str());
    start <= end && text.is_some_and(|t| t.get(start..end).is_some())
}
