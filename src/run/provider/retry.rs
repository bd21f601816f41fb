//! What a provider calls passing is tried again, after the time that it asks for, and longer each time.

use std::time::Duration;

use situs_provider::{Class, Problem, Severity};

use crate::base::Addr;
use crate::base::event::{Event, Sink};

/// How often a call is tried in all.
pub const TRIES: u32 = 5;
/// At least so long is waited before the second try, twice as long before the third, and so on.
const FIRST: Duration = Duration::from_millis(100);
/// At most so long, whatever the provider asks for.
const LONGEST: Duration = Duration::from_secs(60);

/// How long to wait before trying again what failed so, for the `attempt`-th time; nothing where trying again cannot help.
pub fn wait(problems: &[Problem], attempt: u32) -> Option<Duration> {
    let errors = || problems.iter().filter(|p| p.severity == Severity::Error);
    let asked = errors().map(|p| match p.class {
        Class::Passing { after_millis } => Some(Duration::from_millis(after_millis)),
        Class::Lasting => None,
    });
    let asked = asked.collect::<Option<Vec<_>>>()?.into_iter().max()?;
    let grown = FIRST.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    (attempt < TRIES).then(|| asked.max(grown).min(LONGEST))
}

/// Says that something is tried again.
pub fn tell(sink: &dyn Sink, addr: &Addr, attempt: u32, wait: Duration, problems: &[Problem]) {
    let reason = problems
        .iter()
        .find(|p| p.severity == Severity::Error)
        .map(|p| p.summary.clone());
    sink.emit(Event::Retry {
        addr: addr.clone(),
        attempt: attempt + 1,
        wait_millis: u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
        reason: reason.unwrap_or_default(),
    });
}

/// Does what only looks (a read, a plan) until it succeeds or trying again cannot help.
pub async fn looking<T, F>(sink: &dyn Sink, addr: &Addr, mut call: impl FnMut() -> F) -> Result<T, Vec<Problem>>
where
    F: Future<Output = Result<T, Vec<Problem>>>,
{
    let mut attempt = 1;
    loop {
        let problems = match call().await {
            Ok(done) => return Ok(done),
            Err(problems) => problems,
        };
        let Some(pause) = wait(&problems, attempt) else {
            return Err(problems);
        };
        tell(sink, addr, attempt, pause, &problems);
        tokio::time::sleep(pause).await;
        attempt += 1;
    }
}
