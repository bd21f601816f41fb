//! One mistake costs one message, with its place and a way out; all mistakes come at once.

use proptest::prelude::*;

use super::{messages, read};

/// Texts and all that is said about them. Each text has what its mistakes do not speak of above the line that shows them.
const CASES: &[(&str, &[&str])] = &[
    // ---- words ----
    (
        "sit fra1 { in = DE }\nservice x { \n at fra1\n}\n",
        &["E050 1:1 there is no block `sit` | not known | did you mean `site`?"],
    ),
    (
        "reads records\n",
        &["E050 1:1 there is no block `reads` | not known | it belongs into `service`"],
    ),
    (
        "people_in = EEA\n",
        &["E050 1:1 `people_in = …` stands in no block | an attribute outside of any block | put it into `dataset`"],
    ),
    (
        "operator o { incorprated = DE }\n",
        &["E051 1:14 `incorprated` has no meaning in `operator` | not known here | did you mean `incorporated`?"],
    ),
    (
        "service s { people_in = EEA }\n",
        &["E051 1:13 `people_in` has no meaning in `service` | not known here | it belongs into `dataset`"],
    ),
    (
        "output o { vlaue = 1 }\n",
        &["E051 1:12 `vlaue` has no meaning in `output` | not known here | did you mean `value`?"],
    ),
    (
        "service s {\n  image \"x\"\n}\n",
        &["E052 2:3 `image` is an attribute | written as a clause | write `image = \"x\"`"],
    ),
    (
        "service s {\n  command \"perl\" \"app.pl\"\n}\n",
        &["E052 2:3 `command` is an attribute | written as a clause | write `command = [\"perl\", \"app.pl\"]`"],
    ),
    (
        "residency r dataset where x {\n  store onyl in EU\n}\n",
        &[
            "E053 1:13 `residency` does not go on like this | expected `on` | write `residency NAME on dataset where CONDITION { … }`",
            "E070 2:9 `onyl` does not stand here | expected `only` or `never` | did you mean `only`?",
        ],
    ),
    (
        "service s {\n  env { A = 1 }\n}\n",
        &["E052 2:3 `env` is an attribute | written as a block | write `env = { … }`"],
    ),
    (
        "dataset d { }\nservice s { reads = [d] }\n",
        &["E052 2:13 `reads` is a clause, not an attribute | written with `=` | write `reads d`"],
    ),
    (
        "site s { capacity = { cpu = 1vcpu } }\n",
        &["E052 1:10 `capacity` is a block, not an attribute | written with `=` | write `capacity { … }`"],
    ),
    (
        "site s {\n  at munich\n}\n",
        &["E052 2:3 `at` is an attribute | written as a clause | write `at = [50.11, 8.68]`"],
    ),
    (
        "link a b\n",
        &[
            "E053 1:6 `link` does not go on like this | expected two sites with `--` or `->` between them | \
           write `link SITE -- SITE { … }`",
        ],
    ),
    (
        "service l { }\nservice s {\n  logs too l\n}\n",
        &["E053 3:8 `logs` does not go on like this | expected `to` | did you mean `to`?"],
    ),
    (
        "site a { }\nsite b { }\nservice s {\n  at a b\n}\n",
        &["E053 4:8 `at` ends before `b` | not expected here | put a comma before it"],
    ),
    (
        "site {\n}\n",
        &["E053 1:1 `site` is not complete | expected the name of the site behind it | write `site NAME { … }`"],
    ),
    (
        "site \"../x\" { }\nservice s {\n  at nowhere\n}\n",
        &[
            "E053 1:6 the name of the site cannot be \"../x\" | not a name | a name starts with a letter or `_` and has letters, \
             digits, `_` and `-`",
            "E060 3:6 there is no site `nowhere` | not declared | declare it: `site nowhere { … }`",
        ],
    ),
    (
        "site a { }\nlink a -- a\n",
        &[
            "E053 2:6 a link joins two sites, and both ends are `a` | both the same | \
           take it out: within one site nothing is in transit",
        ],
    ),
    (
        "site s { in = DE, in = FR }\n",
        &["E054 1:19 `in` is written twice | the second one | keep one of them"],
    ),
    (
        "site s {\n  price { }\n  price { }\n}\n",
        &["E054 3:3 `price` is written twice | the second one | keep one of them"],
    ),
    (
        "population p { }\n",
        &["E055 1:1 `population` needs `in` | no `in` | write `in = EEA | CH`"],
    ),
    (
        "instrument i { x = 1 }\nservice s { count = 2 }\nterraform {\n  provider_meta \"p\" { }\n}\n",
        &[
            "E056 1:1 `instrument` is not supported yet | not carried out by this version | take it out",
            "E056 2:13 `count` is not supported yet | not carried out by this version | take it out",
            "E056 4:3 `provider_meta` is not supported yet | not carried out by this version | take it out",
        ],
    ),
    (
        "site s\n",
        &["E057 1:1 `site` has nothing in it | no `{ … }` behind it | write `site NAME { … }`"],
    ),
    (
        "dataset d { }\nservice s {\n  reads d { }\n}\n",
        &["E057 3:11 nothing stands in braces behind `reads` | not expected here | write `reads DATASET, …`"],
    ),
    // ---- names ----
    (
        "operator clinic { }\nsite a { operator = clinc }\nsite b { operator = clinc }\n",
        &["E060 2:21 there is no operator `clinc` | not declared | did you mean `clinic`?"],
    ),
    (
        "service s {\n  port http { }\n  health http { port = htp }\n}\n",
        &["E060 3:24 the service has no port `htp` | not declared in this service | did you mean `http`?"],
    ),
    (
        "site m { operator = m }\n",
        &[
            "E061 1:21 `m` is a site, and an operator is expected | expected an operator | declare it: `operator m { … }`",
        ],
    ),
    (
        "dataset d { people_in = d }\n",
        &[
            "E061 1:25 `d` is a dataset, and a place is expected | expected a place | \
           write a country (`DE`), a subdivision (`DE-HE`) or a group (`EEA`)",
        ],
    ),
    (
        "dataset d { }\ndataset d { people_in = nowhere }\n",
        &["E062 2:1 dataset `d` is declared twice | the second one | take one of them out, or rename it"],
    ),
    // ---- values ----
    (
        "service s {\n  needs camera\n}\n",
        &["E063 2:9 `camera` is not a text | expected a text | put it in quotes: \"camera\""],
    ),
    (
        "site s { traits = camera }\n",
        &["E063 1:19 a list of texts is expected | not a list | write `[\"camera\"]`"],
    ),
    (
        "site s { in = EEA }\n",
        &[
            "E063 1:15 `EEA` is a group of countries, and one country is expected | a group | \
           name the country (`DE`) or its subdivision (`DE-HE`)",
        ],
    ),
    (
        "service s { memory = 15ms }\n",
        &["E064 1:22 a data size is expected, and `15ms` is a duration | expected a data size | write it like `4GiB`"],
    ),
    (
        "dataset d { keep = 30 }\n",
        &["E064 1:20 a duration has a unit | a number without a unit | write `30s` or `30m` or `30h` or `30d`"],
    ),
    (
        "site s {\n  price { cpu = 0.05EUR/GiB }\n}\n",
        &[
            "E064 2:17 a price per vcpu and hour is expected, and `0.05EUR/GiB` is none | expected a price per vcpu and hour | \
           write it like `0.05EUR/vcpu/h`",
        ],
    ),
    (
        "operator a { owned_by = [{ operator = a, share = 0.6 }] }\n",
        &["E064 1:50 a percentage has a unit | a number without a unit | write `60%`"],
    ),
    (
        "dataset d { people_in = UK | Germany | EAA }\n",
        &[
            "E065 1:25 there is no place `UK` | not a place | did you mean `GB`?",
            "E065 1:30 there is no place `Germany` | not a place | did you mean `DE`?",
            "E065 1:40 there is no place `EAA` | not a place | did you mean `EEA`?",
        ],
    ),
    (
        "site s { kind = datacentre }\n",
        &[
            "E066 1:17 `datacentre` is not one of `region`, `datacenter` and `edge` | not known here | did you mean `datacenter`?",
        ],
    ),
    (
        "service s {\n  spread across operator\n}\n",
        &[
            "E066 2:17 nothing is spread across `operator` | not something that sites differ in | did you mean `site.operator`?",
        ],
    ),
    (
        "service s { replicas = -1 }\n",
        &["E067 1:24 a whole number from 0 to 10000 is expected | out of bounds | write a number from 0 to 10000"],
    ),
    (
        "site s { at = [91, 0] }\n",
        &["E067 1:15 there is no such point on the earth | out of bounds | \
           write latitude (-90 to 90) and longitude (-180 to 180): `[50.11, 8.68]`"],
    ),
    (
        "service s { replicas = var.later }\n",
        &[
            "E068 1:24 the intent does not depend on what is only known later | known only after apply | \
           work it out from variables, locals, functions and files",
        ],
    ),
    (
        "jurisdiction a { places = b }\njurisdiction b { places = a }\npopulation p { in = a }\n",
        &["E069 2:27 jurisdictions need each other | needed to work out itself | take one of these names out"],
    ),
    // ---- rules and conditions ----
    (
        "residency r on dataset {\n  sotre only in EEA\n  store onyl in EEA\n  store only in EEA because \"x\"\n}\n",
        &[
            "E051 2:3 `sotre` has no meaning in `residency` | not known here | did you mean `store`?",
            "E070 3:9 `onyl` does not stand here | expected `only` or `never` | did you mean `only`?",
            "E070 4:21 the rule ends before `because` | not expected here | \
             only `unless` and what is accepted instead stand behind a rule",
        ],
    ),
    (
        "residency r on dataset where clas <= personal { }\n",
        &[
            "E070 1:30 `clas` does not stand here | expected `class`, `people_in`, `volume` or `name` | did you mean `class`?",
        ],
    ),
    (
        "residency r on datasets where class <= personal { }\n",
        &["E070 1:16 `datasets` does not stand here | expected `dataset` | did you mean `dataset`?"],
    ),
    (
        "residency r on dataset where DE | FR & people_in & DE { }\n",
        &[
            "E070 1:30 this condition does not depend on the dataset | always the same | \
           write `people_in & PLACES`, `class <= CLASS`, `volume > N` or `name == \"…\"`",
        ],
    ),
    (
        "residency r on dataset {\n  transit only in EEA\n}\n",
        &[
            "E071 2:16 `transit` does not take `in` | `transit` takes `under` and `via` | \
           write `transit only via …`, as a rule of its own where other modes stand beside it",
        ],
    ),
    (
        "residency r on dataset where people_in & DE & FR {\n  store only in DE & US\n}\n",
        &[
            "E072 1:30 no place is in `people_in & DE & FR` | an empty set | `|` joins places; `&` keeps what both sides have",
            "E072 2:17 no place is in `DE & US` | an empty set | `|` joins places; `&` keeps what both sides have",
        ],
    ),
    (
        "residency r on dataset {\n  store only in DE unless encryptd(keys in DE)\n  store only in DE unless sealed | anonymous\n}\n",
        &[
            "E074 2:27 there is no safeguard `encryptd` | not known | did you mean `encrypted`?",
            "E074 3:27 `sealed` is not written like this | here | write `sealed(e2e)`",
        ],
    ),
    (
        "dataset d { }\nderive d from d by aggregate(20) asserted by \"x\"\n",
        &["E070 2:30 `20` does not stand here | expected `min` | write `aggregate(min N)`"],
    ),
];

#[test]
fn one_mistake_costs_one_message() {
    for (text, expected) in CASES {
        assert_eq!(messages(text), *expected, "{text}");
    }
}

#[test]
fn a_second_declaration_shows_the_first() {
    let (_, said, sources) = read("site a { }\nsite b { }\nsite a { in = DE }\n");
    let only = said.iter().next().unwrap();
    assert_eq!(sources.place(only.secondary[0].span), "main.situs:1:1");
}

#[test]
fn an_unknown_name_is_told_once_with_all_its_places() {
    let (_, said, sources) = read("service a {\n  logs to loki\n}\nservice b {\n  calls loki\n  logs to loki\n}\n");
    assert_eq!(said.len(), 1);
    let only = said.iter().next().unwrap();
    assert_eq!(sources.place(only.primary.as_ref().unwrap().span), "main.situs:2:11");
    let others: Vec<String> = only.secondary.iter().map(|l| sources.place(l.span)).collect();
    assert_eq!(others, ["main.situs:5:9", "main.situs:6:11"]);
}

#[test]
fn terraform_that_this_version_carries_out_passes() {
    let text = r#"
terraform {
  required_version = ">= 1.5"
  required_providers {
    local = { source = "builtin/situs/local" }
  }
}
provider "local" { root = "x" }
variable "names" {
  type    = list(string)
  default = ["a"]
  validation {
    condition     = length(var.names) > 0
    error_message = "none"
  }
}
locals { a = 1, b = 2 }
resource "local_file" "a" {
  count = 2
  path  = "x"
  lifecycle { prevent_destroy = true }
}
output "a" {
  value      = local_file.a
  depends_on = [local_file.a]
}
runtime mine {
  realises = [logs]
  on service { resource "local_file" "x" { path = "y" } }
}
"#;
    assert_eq!(messages(text), Vec::<String>::new());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn no_text_is_too_broken_to_read(at in 0usize..5000, with in "[\\[\\](){}\"=\n,|&<>!.a-z0-9 -]{0,6}", cut in 0usize..24) {
        let text = concat!(include_str!("../../examples/quickstart/clinic.situs"), include_str!("../syntax/language.situs"));
        let mut chars: Vec<char> = text.chars().collect();
        let at = at.min(chars.len());
        let end = (at + cut).min(chars.len());
        chars.splice(at..end, with.chars());
        let _ = messages(&chars.into_iter().collect::<String>());
    }
}
