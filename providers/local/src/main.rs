//! The provider `local` as a program of its own, for Terraform and OpenTofu; and the supervisors that it starts.

use std::process::ExitCode;

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match words.split_first() {
        Some((verb, rest)) if verb == "__supervise" => {
            ExitCode::from(u8::try_from(situs_local::supervise(rest)).unwrap_or(1))
        }
        _ => situs_sdk::serve(situs_local::provider()),
    }
}
