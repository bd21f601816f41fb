//! Ctrl-C. Once: nothing more is started, what is in flight is finished and saved. Twice: the process ends at once; the next apply
//! settles what was in flight.

use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use crate::base::event::{Event, Sink};
use crate::run::Cancel;
use crate::run::provider::Registry;

/// Listens from now on, until the process ends.
pub fn listen(cancel: &Cancel, sink: Arc<dyn Sink>, registry: &Registry, code: u8) {
    let (cancel, registry) = (cancel.clone(), registry.clone());
    tokio::spawn(async move {
        let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
            return;
        };
        loop {
            tokio::select! {
                _ = int.recv() => {}
                _ = term.recv() => {}
            }
            if cancel.is_stopping() {
                registry.kill();
                at_once(code);
            }
            sink.emit(Event::Interrupted);
            cancel.stop();
        }
    });
}

fn at_once(code: u8) -> ! {
    let says = "\nTwo interrupts received. Exiting immediately. The next `situs apply` settles what was in flight.\n";
    let _ = std::io::Write::write_all(&mut std::io::stderr(), says.as_bytes());
    std::process::exit(i32::from(code))
}
