//! What is right is in the shape.

use super::{messages, read};

#[test]
fn the_quickstart_decodes_wholly() {
    let text = include_str!("../../examples/quickstart/clinic.situs");
    let (shape, _, _) = read(text);
    assert_eq!(messages(text), Vec::<String>::new());
    insta(&shape);
}
fn insta(s: &situs::lang::eval::shape::Shape) { println!("{s:#?}"); }
