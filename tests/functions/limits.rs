//! A short text does not fill a machine.

use super::fail;

#[test]
fn what_would_grow_is_refused() {
    let rows = r#"setproduct(range(1000), range(1000), range(1000))"#;
    let laugh = {
        let levels: String = (1..12)
            .map(|i| format!("\\na{i}: &a{i} [{}]", format!("*a{},", i - 1).repeat(9)))
            .collect();
        format!("yamldecode(\"a0: &a0 x{levels}\")")
    };
    let nested = format!("yamldecode(\"{}\")", "[".repeat(200));
    let deep = format!(
        "templatestring(\"$${{{}1{}}}\", {{}})",
        "(".repeat(4000),
        ")".repeat(4000)
    );
    fail(&[
        ("replace(big, \"0\", big)", "larger than"),
        ("replace(big, \"/0/\", big)", "larger than"),
        ("indent(1000, replace(big, \"0\", \"\\n\"))", "larger than"),
        ("join(big, range(1000))", "larger than"),
        ("format(\"%s%s\", big, big)", "larger than"),
        ("formatlist(\"%s%s\", big, range(10))", "larger than"),
        ("jsonencode([big, big])", "larger than"),
        ("yamlencode([big, big])", "larger than"),
        ("base64encode(big) == base64encode(base64encode(big))", "larger than"),
        (rows, "larger than"),
        (&laugh, "larger than"),
        (&nested, "nest deeper than"),
        (&deep, "nest deeper than"),
        ("range(2000)", "no more than 1024"),
        ("range(0, 1, 1e-9000)", "no more than 1024"),
    ]);
}
