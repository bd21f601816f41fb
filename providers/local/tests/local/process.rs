//! `local_process`, with real processes.
