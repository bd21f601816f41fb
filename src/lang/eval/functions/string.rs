//! Text. Lengths and places count characters.

use situs_value::{Type, Value, convert};

use super::{Arity, Function, Param, index, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "chomp",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The text without line ends at its end.",
        example: ("chomp(\"a\\n\")", "\"a\""),
        run: |v, _| Ok(text(v, 0).trim_end_matches(['\n', '\r']).into()),
    },
    Function {
        name: "endswith",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text ends so.",
        example: ("endswith(\"hello\", \"lo\")", "true"),
        run: |v, _| Ok(text(v, 0).ends_with(text(v, 1)).into()),
    },
    Function {
        name: "format",
        params: &[Param::Text, Param::Nullable],
        arity: Arity::Variadic,
        doc: "The text with `%s %d %q %v %%` filled in, with width, `0` and `-`.",
        example: ("format(\"%s-%03d\", \"a\", 7)", "\"a-007\""),
        run: |v, _| format(text(v, 0), v.get(1..).unwrap_or_default()),
    },
    Function {
        name: "formatlist",
        params: &[Param::Text, Param::Any],
        arity: Arity::Variadic,
        doc: "`format` once for every element of the lists among its arguments.",
        example: ("formatlist(\"%s!\", [\"a\", \"b\"])", "tolist([\"a!\", \"b!\"])"),
        run: |v, _| formatlist(v),
    },
    Function {
        name: "indent",
        params: &[Param::Number, Param::Text],
        arity: Arity::Exact,
        doc: "The text with every line but the first indented.",
        example: ("indent(2, \"a\\nb\")", "\"a\\n  b\""),
        run: |v, _| {
            Ok(Value::from(text(v, 1).replace(
                '\n',
                &format!(
                    "\n{}",
                    " ".repeat(usize::try_from(index(v, 0)?.clamp(0, 1000)).unwrap_or(0))
                ),
            )))
        },
    },
    Function {
        name: "join",
        params: &[Param::Text, Param::Texts],
        arity: Arity::Variadic,
        doc: "The texts with a separator between.",
        example: ("join(\", \", [\"a\", \"b\"])", "\"a, b\""),
        run: |v, _| Ok(join(v)),
    },
    Function {
        name: "lower",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "In small letters.",
        example: ("lower(\"AbC\")", "\"abc\""),
        run: |v, _| Ok(text(v, 0).to_lowercase().into()),
    },
    Function {
        name: "replace",
        params: &[Param::Text, Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The text with every occurrence of the second replaced by the third.",
        example: ("replace(\"1+2+3\", \"+\", \"-\")", "\"1-2-3\""),
        run: |v, _| replace(v),
    },
    Function {
        name: "split",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "The parts between separators.",
        example: ("split(\",\", \"a,b\")", "tolist([\"a\", \"b\"])"),
        run: |v, _| Ok(split(text(v, 0), text(v, 1))),
    },
    Function {
        name: "startswith",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text starts so.",
        example: ("startswith(\"hello\", \"he\")", "true"),
        run: |v, _| Ok(text(v, 0).starts_with(text(v, 1)).into()),
    },
    Function {
        name: "strcontains",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Whether the text holds the other.",
        example: ("strcontains(\"hello\", \"ell\")", "true"),
        run: |v, _| Ok(text(v, 0).contains(text(v, 1)).into()),
    },
    Function {
        name: "strrev",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "The characters in reverse.",
        example: ("strrev(\"abc\")", "\"cba\""),
        run: |v, _| Ok(text(v, 0).chars().rev().collect::<String>().into()),
    },
    Function {
        name: "substr",
        params: &[Param::Text, Param::Number, Param::Number],
        arity: Arity::Exact,
        doc: "Characters from a place on; a negative place counts from the end, a length of -1 is the rest.",
        example: ("substr(\"hello\", 1, 3)", "\"ell\""),
        run: |v, _| substr(v),
    },
    Function {
        name: "title",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "With a capital at the start of each word.",
        example: ("title(\"hello world\")", "\"Hello World\""),
        run: |v, _| Ok(title(text(v, 0)).into()),
    },
    Function {
        name: "trim",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without these characters at both ends.",
        example: ("trim(\"?!hi?\", \"!?\")", "\"hi\""),
        run: |v, _| Ok(text(v, 0).trim_matches(|c| text(v, 1).contains(c)).into()),
    },
    Function {
        name: "trimprefix",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without this start.",
        example: ("trimprefix(\"helloworld\", \"hello\")", "\"world\""),
        run: |v, _| Ok(text(v, 0).strip_prefix(text(v, 1)).unwrap_or(text(v, 0)).into()),
    },
    Function {
        name: "trimspace",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "Without blanks at both ends.",
        example: ("trimspace(\" a \")", "\"a\""),
        run: |v, _| Ok(text(v, 0).trim().into()),
    },
    Function {
        name: "trimsuffix",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "Without this end.",
        example: ("trimsuffix(\"helloworld\", \"world\")", "\"hello\""),
        run: |v, _| Ok(text(v, 0).strip_suffix(text(v, 1)).unwrap_or(text(v, 0)).into()),
    },
    Function {
        name: "upper",
        params: &[Param::Text],
        arity: Arity::Exact,
        doc: "In capitals.",
        example: ("upper(\"AbC\")", "\"ABC\""),
        run: |v, _| Ok(text(v, 0).to_uppercase().into()),
    },
];

fn join(values: &[Value]) -> Value {
    let all = values.iter().skip(1).flat_map(|v| v.elements().unwrap_or_default());
    all.filter_map(Value::as_str)
        .collect::<Vec<_>>()
        .join(text(values, 0))
        .into()
}

fn split(separator: &str, whole: &str) -> Value {
    if separator.is_empty() {
        return Value::list(whole.chars().map(|c| c.to_string().into()));
    }
    Value::list(whole.split(separator).map(Value::from))
}

fn replace(values: &[Value]) -> Result<Value, String> {
    let (whole, what, with) = (text(values, 0), text(values, 1), text(values, 2));
    if what.len() > 1 && what.starts_with('/') && what.ends_with('/') {
        return Err("patterns between `/` are not supported yet; plain text is".to_owned());
    }
    Ok(whole.replace(what, with).into())
}

fn substr(values: &[Value]) -> Result<Value, String> {
    let chars: Vec<char> = text(values, 0).chars().collect();
    let (offset, length) = (index(values, 1)?, index(values, 2)?);
    let count = i64::try_from(chars.len()).unwrap_or(i64::MAX);
    let start = if offset < 0 {
        count.saturating_add(offset).max(0)
    } else {
        offset
    };
    let start = usize::try_from(start).unwrap_or(usize::MAX);
    let take = usize::try_from(length).unwrap_or(usize::MAX);
    Ok(chars.into_iter().skip(start).take(take).collect::<String>().into())
}

fn title(whole: &str) -> String {
    let mut start = true;
    let capital = |c: char| {
        let shown = if start {
            c.to_uppercase().to_string()
        } else {
            c.to_string()
        };
        start = !c.is_alphanumeric();
        shown
    };
    whole.chars().map(capital).collect()
}

fn formatlist(values: &[Value]) -> Result<Value, String> {
    let lists: Vec<usize> = values
        .iter()
        .skip(1)
        .filter_map(Value::elements)
        .map(<[Value]>::len)
        .collect();
    let count = lists.first().copied().unwrap_or(1);
    if lists.iter().any(|n| *n != count) {
        return Err("its lists must be of one length".to_owned());
    }
    let line = |i: usize| {
        let args: Vec<Value> = (1..values.len())
            .filter_map(|at| values.get(at))
            .map(|v| {
                v.elements()
                    .map_or_else(|| v.clone(), |e| e.get(i).cloned().unwrap_or_default())
            })
            .collect();
        format(text(values, 0), &args)
    };
    (0..count).map(line).collect::<Result<Vec<_>, _>>().map(Value::list)
}

/// No verb makes more characters than its argument has, or than this.
const WIDEST: usize = 10_000;

/// One verb: `%-05d`.
#[derive(Default)]
struct Verb {
    left: bool,
    zero: bool,
    plus: bool,
    width: usize,
    precision: Option<usize>,
}

fn format(template: &str, args: &[Value]) -> Result<Value, String> {
    let mut out = String::new();
    let mut args = args.iter();
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let mut verb = Verb::default();
        let mut width = String::new();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '0' | '+' | ' ' | '#')) {
            verb.left |= flag == '-';
            verb.zero |= flag == '0';
            verb.plus |= flag == '+';
        }
        while let Some(digit) = chars.next_if(char::is_ascii_digit) {
            width.push(digit);
        }
        verb.width = if width.is_empty() {
            0
        } else {
            width.parse().unwrap_or(WIDEST).min(WIDEST)
        };
        if chars.next_if_eq(&'.').is_some() {
            let mut digits = String::new();
            while let Some(digit) = chars.next_if(char::is_ascii_digit) {
                digits.push(digit);
            }
            verb.precision = Some(if digits.is_empty() {
                0
            } else {
                digits.parse().unwrap_or(WIDEST).min(WIDEST)
            });
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(letter) => {
                let arg = args.next().ok_or_else(|| format!("`%{letter}` has no argument left"))?;
                out.push_str(&verb.show(letter, arg)?);
            }
            None => return Err("the text ends behind `%`".to_owned()),
        }
    }
    match args.next() {
        None => Ok(out.into()),
        Some(_) => Err("there are more arguments than verbs".to_owned()),
    }
}

impl Verb {
    fn show(&self, letter: char, arg: &Value) -> Result<String, String> {
        let as_text = || {
            convert(arg, &Type::String)
                .map_err(|e| e.to_string())
                .map(|v| v.as_str().unwrap_or("null").to_owned())
        };
        let as_number = || convert(arg, &Type::Number).map_err(|e| e.to_string());
        let shown = match letter {
            's' => as_text()?,
            'v' if arg.as_str().is_some() => as_text()?,
            'v' => situs_value::to_json(arg).to_string(),
            'q' => format!("{:?}", as_text()?),
            't' => convert(arg, &Type::Bool)
                .map_err(|e| e.to_string())?
                .as_bool()
                .unwrap_or(false)
                .to_string(),
            'd' | 'f' | 'g' | 'e' | 'x' | 'X' | 'o' | 'b' => {
                let number = as_number()?;
                let number = number.as_number().ok_or("`%d` does not take null")?;
                self.number(letter, number)?
            }
            other => return Err(format!("`%{other}` is no verb")),
        };
        Ok(self.pad(shown, letter))
    }

    fn number(&self, letter: char, number: &situs_value::Number) -> Result<String, String> {
        let whole = || {
            number
                .to_i64()
                .ok_or_else(|| format!("`%{letter}` takes a whole number"))
        };
        let shown = match letter {
            'd' => number.floor().to_string(),
            'x' => format!("{:x}", whole()?),
            'X' => format!("{:X}", whole()?),
            'o' => format!("{:o}", whole()?),
            'b' => format!("{:b}", whole()?),
            'f' => fixed(number, self.precision.unwrap_or(6)),
            _ => number.to_string(),
        };
        Ok(if self.plus && !shown.starts_with('-') {
            format!("+{shown}")
        } else {
            shown
        })
    }

    fn pad(&self, shown: String, letter: char) -> String {
        let missing = self.width.saturating_sub(shown.chars().count());
        if missing == 0 {
            return shown;
        }
        if self.left {
            return format!("{shown}{}", " ".repeat(missing));
        }
        if self.zero && !matches!(letter, 's' | 'q' | 'v') {
            let (sign, digits) = shown.strip_prefix('-').map_or(("", shown.as_str()), |d| ("-", d));
            return format!("{sign}{}{digits}", "0".repeat(missing));
        }
        format!("{}{shown}", " ".repeat(missing))
    }
}

/// A number with so many digits behind the point.
fn fixed(number: &situs_value::Number, digits: usize) -> String {
    let shown = number.to_string();
    let (whole, rest) = shown.split_once('.').unwrap_or((&shown, ""));
    let cut: String = rest.chars().chain(std::iter::repeat('0')).take(digits).collect();
    if digits == 0 {
        whole.to_owned()
    } else {
        format!("{whole}.{cut}")
    }
}
