use situs::base::Code;
use situs::base::{Diagnostic, Diagnostics};
use situs::front::cli::args::words;
use situs::front::cli::exit::Exit;
use situs::front::cli::parse;
use situs::front::cli::terminal::Colour;
use situs::front::render::paint::Paint;

#[test]
fn flags_are_spelled_as_terraform_spells_them() {
    let given = parse(
        "apply",
        &[
            "-var",
            "a=1",
            "-auto-approve",
            "--var-file=x",
            "-var=b=-2",
            "-refresh=false",
            "-lock-timeout",
            "5m",
            "p",
        ],
    );
    let given = given.unwrap().unwrap();
    assert!(given.switch("auto-approve", false));
    assert!(!given.switch("refresh", true));
    assert_eq!(given.value("lock-timeout"), Some("5m"));
    assert_eq!(
        given.in_order(&["var", "var-file"]),
        [("var", "a=1"), ("var-file", "x"), ("var", "b=-2")]
    );
    assert_eq!(given.operands(), ["p"]);
    let given = parse("logs", &["-f", "-n", "3", "--", "-triage"]).unwrap().unwrap();
    assert!(given.switch("f", false));
    assert_eq!((given.value("n"), given.operands()), (Some("3"), vec!["-triage"]));
    assert_eq!(parse("logs", &["-n=7"]).unwrap().unwrap().value("n"), Some("7"));
}

#[test]
fn a_later_flag_wins() {
    let given = parse("plan", &["-refresh=false", "-refresh", "-out=a", "-out=b"])
        .unwrap()
        .unwrap();
    assert!(given.switch("refresh", false));
    assert_eq!(given.value("out"), Some("b"));
}

#[test]
fn the_environment_is_split_as_a_shell_would() {
    assert_eq!(
        words(r#"-var 'a=b c' -x="d \" e" f\ g ''"#),
        ["-var", "a=b c", "-x=d \" e", "f g", ""]
    );
    assert!(words("  ").is_empty());
}

#[test]
fn colour_follows_what_is_nearest() {
    let env = |no_color: &'static str, term: &'static str| {
        move |name: &str| Some(if name == "NO_COLOR" { no_color } else { term }.to_owned())
    };
    assert_eq!(Colour::Auto.paint(&env("", "xterm"), true), Paint::Colour);
    assert_eq!(Colour::Auto.paint(&env("", "xterm"), false), Paint::Plain);
    assert_eq!(Colour::Auto.paint(&env("0", "xterm"), true), Paint::Plain);
    assert_eq!(Colour::Auto.paint(&env("", "dumb"), true), Paint::Plain);
    assert_eq!(Colour::Always.paint(&env("1", "dumb"), false), Paint::Colour);
    assert_eq!(Colour::Never.paint(&env("", "xterm"), true), Paint::Plain);
}

#[test]
fn the_first_exit_code_that_holds_counts() {
    let detailed = [
        (Exit::Error, 1),
        (Exit::LockHeld, 13),
        (Exit::StalePlan, 12),
        (Exit::Violated, 11),
        (Exit::NotProvable, 16),
        (Exit::Cancelled, 15),
        (Exit::ApplyPartial, 14),
        (Exit::Deferred, 10),
        (Exit::Changes, 2),
        (Exit::Done, 0),
    ];
    assert!(detailed.is_sorted(), "the order is that of weight");
    for (exit, code) in detailed {
        assert_eq!(exit.code(true), code);
        let plain = u8::from(!matches!(exit, Exit::Deferred | Exit::Changes | Exit::Done));
        assert_eq!(exit.code(false), plain, "{exit:?}");
    }
    let held = Diagnostic::error(Code::new("E421", "a state that another run holds"), "held");
    assert_eq!(Exit::of(&held.clone().into()), Exit::LockHeld);
    let other = Diagnostic::error(Code::new("E999", "a test"), "x");
    let both: Diagnostics = [held, other].into_iter().collect();
    assert_eq!(Exit::of(&both), Exit::Error);
}
