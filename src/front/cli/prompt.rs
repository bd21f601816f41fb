//! Questions about variables that nothing gives a value.

use std::io::{self, IsTerminal};

use crate::front::render::paint::{Paint, safe};
use crate::lang::config::{Given, Missing};

/// Asks for each; nothing where no answer comes any more.
pub fn ask(missing: &[Missing], paint: Paint, say: &dyn Fn(&str)) -> Option<Vec<Given>> {
    missing
        .iter()
        .map(|one| Some(answered(one, question(one, paint, say)?)))
        .collect()
}

fn answered(missing: &Missing, text: String) -> Given {
    Given::Variable {
        name: missing.name.to_string(),
        text,
    }
}

fn question(missing: &Missing, paint: Paint, say: &dyn Fn(&str)) -> Option<String> {
    let mut text = format!("{}\n", paint.bold(format!("var.{}", missing.name)));
    for line in missing.description.iter().flat_map(|d| d.lines()) {
        text.push_str(&format!("  {}\n", safe(line)));
    }
    say(&format!("{text}\n  {} ", paint.bold("Enter a value:")));
    let answer = match missing.hidden && io::stdin().is_terminal() {
        true => rpassword::read_password().ok(),
        false => line(),
    };
    say("\n");
    answer
}

/// A line from standard input; nothing where it has ended.
pub fn line() -> Option<String> {
    let mut line = String::new();
    match io::stdin().read_line(&mut line) {
        Ok(0) | Err(_) => None,
        Ok(_) => Some(line.trim_end_matches(['\n', '\r']).to_owned()),
    }
}
