//! The provider against real files and real processes.

mod bench;
mod chaos;
mod files;
mod process;
mod support;
