use super::messages;
#[test]
fn dump() {
    let text = std::fs::read_to_string("/tmp/x.situs").unwrap();
    for part in text.split("----\n") { println!("{part}"); for m in messages(part) { println!("   >> {m}"); } }
}
