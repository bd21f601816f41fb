//! `situs`

use std::process::ExitCode;

use situs::front::{builtins, cli};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|a| a.to_string_lossy().into_owned())
        .collect();
    let code = match arguments.split_first() {
        Some((verb, rest)) if verb == "__supervise" => u8::try_from(builtins::supervise(rest)).unwrap_or(1),
        _ => cli::main(&arguments),
    };
    ExitCode::from(code)
}
