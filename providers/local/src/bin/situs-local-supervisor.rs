//! The supervisor as a program of its own: what the tests of this crate use where `situs` calls itself.

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    std::process::exit(situs_local::supervise(&args));
}
