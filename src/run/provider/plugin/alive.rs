//! The processes of plug-ins that run: told to end when nobody needs them any more, waited for at the end, killed where there is no time.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::runtime::Handle;
use tokio::task::JoinSet;

use super::process::Process;
use super::running::Running;

/// All that run.
#[derive(Clone, Default)]
pub(super) struct Alive(Arc<Mutex<All>>);

#[derive(Default)]
struct All {
    processes: Vec<Weak<Process>>,
    ending: JoinSet<()>,
}

impl Alive {
    /// Takes note of one.
    pub fn note(&self, process: &Arc<Process>) {
        let mut all = self.lock();
        all.processes.retain(|p| p.strong_count() > 0);
        all.processes.push(Arc::downgrade(process));
    }

    /// Tells one to end, while others go on.
    pub fn let_go(&self, running: Running) {
        if let Ok(handle) = Handle::try_current() {
            self.lock().ending.spawn_on(async move { running.end().await }, &handle);
        }
    }

    /// Waits for those that were told to end.
    pub async fn ended(&self) {
        let mut ending = std::mem::take(&mut self.lock().ending);
        while ending.join_next().await.is_some() {}
    }

    /// Ends all at once, without a word.
    pub fn kill(&self) {
        let all = self.lock();
        all.processes.iter().filter_map(Weak::upgrade).for_each(|p| p.kill());
    }

    fn lock(&self) -> MutexGuard<'_, All> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
