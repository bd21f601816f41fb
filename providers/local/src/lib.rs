//! Processes, files and directories on this machine.
