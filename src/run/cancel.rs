//! The wish to stop: said once, nothing more is started; what is in flight is finished and kept.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::sync::Notify;

/// Shared by whoever hears the wish and whoever heeds it.
#[derive(Clone, Default)]
pub struct Cancel {
    stopping: Arc<AtomicBool>,
    told: Arc<Notify>,
}

impl Cancel {
    /// Nobody wishes to stop yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Says that nothing more is to be started.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::SeqCst);
        self.told.notify_waiters();
    }

    /// Whether somebody said so.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::SeqCst)
    }

    /// Waits until somebody says so.
    pub async fn stopped(&self) {
        while !self.is_stopping() {
            self.wait(Duration::from_secs(3600)).await;
        }
    }

    /// Waits until somebody says so, or for so long.
    pub async fn wait(&self, at_most: Duration) {
        let told = self.told.notified();
        if !self.is_stopping() {
            let _ = tokio::time::timeout(at_most, told).await;
        }
    }
}
