//! `format`: verbs, flags, widths. Numbers are rounded as the decimals that they are, half to even.

use situs_value::{Number, Type, Value, convert};

use super::encoding::{json, quote};
use super::{Arity, Function, MOST_BYTES, Param, text, too_large};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "format",
        params: &[Param::Text, Param::Known],
        arity: Arity::Variadic,
        doc: "The text with `%s %q %v %#v %t %d %b %o %x %X %e %f %g %%` filled in, with width, precision, `[n]`, and the flags `0 - + #` and blank.",
        example: ("format(\"%s-%03d\", \"a\", 7)", "\"a-007\""),
        run: |v, _| format(text(v, 0), v.get(1..).unwrap_or_default()).map(Value::from),
    },
    Function {
        name: "formatlist",
        params: &[Param::Text, Param::Known],
        arity: Arity::Variadic,
        doc: "`format` once for every element of the lists among its arguments.",
        example: ("formatlist(\"%s!\", [\"a\", \"b\"])", "tolist([\"a!\", \"b!\"])"),
        run: |v, _| formatlist(text(v, 0), v.get(1..).unwrap_or_default()),
    },
];

/// Widths and precisions go so far.
const MOST_WIDTH: usize = 10_000;

fn formatlist(template: &str, args: &[Value]) -> Result<Value, String> {
    let lists: Vec<usize> = args.iter().filter_map(Value::elements).map(<[Value]>::len).collect();
    let count = lists.first().copied().unwrap_or(1);
    if let Some(other) = lists.iter().find(|n| **n != count) {
        return Err(format!(
            "its lists are {count} and {other} elements long, and must be of one length"
        ));
    }
    let mut size = 0usize;
    let mut lines = Vec::new();
    for i in 0..count {
        let pick = |v: &Value| match v.elements() {
            Some(elements) => elements.get(i).cloned().unwrap_or_default(),
            None => v.clone(),
        };
        let line = format(template, &args.iter().map(pick).collect::<Vec<_>>())?;
        size = size.saturating_add(line.len());
        if size > MOST_BYTES {
            return Err(too_large());
        }
        lines.push(Value::from(line));
    }
    Ok(Value::list(lines))
}

/// One verb: `%-05d`.
#[derive(Default)]
struct Verb {
    left: bool,
    zero: bool,
    plus: bool,
    blank: bool,
    sharp: bool,
    width: usize,
    precision: Option<usize>,
}

type Chars<'a> = std::iter::Peekable<std::str::Chars<'a>>;

fn format(template: &str, args: &[Value]) -> Result<String, String> {
    let mut out = String::new();
    let (mut next, mut used) = (0, 0);
    let mut chars = template.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let verb = Verb::read(&mut chars)?;
        if chars.next_if_eq(&'[').is_some() {
            let place = digits(&mut chars)?.filter(|n| *n > 0);
            next = place.ok_or("`[…]` in the format takes the number of an argument, from 1")? - 1;
            if chars.next() != Some(']') {
                return Err("a `[` in the format is not closed".to_owned());
            }
        }
        match chars.next() {
            Some('%') => out.push('%'),
            Some(letter) => {
                let arg = args
                    .get(next)
                    .ok_or_else(|| format!("`%{letter}` has no argument left"))?;
                next += 1;
                used = used.max(next);
                out.push_str(&verb.show(letter, arg)?);
            }
            None => return Err("the format ends behind `%`".to_owned()),
        }
        if out.len() > MOST_BYTES {
            return Err(too_large());
        }
    }
    if used < args.len() {
        return Err(format!(
            "there are {} arguments, and the format uses {used}",
            args.len()
        ));
    }
    Ok(out)
}

fn digits(chars: &mut Chars<'_>) -> Result<Option<usize>, String> {
    let mut read = String::new();
    while let Some(digit) = chars.next_if(char::is_ascii_digit) {
        read.push(digit);
    }
    if read.is_empty() {
        return Ok(None);
    }
    let number = read.parse().ok().filter(|n| *n <= MOST_WIDTH);
    number
        .map(Some)
        .ok_or_else(|| format!("numbers in the format go up to {MOST_WIDTH}, and this is {read}"))
}

impl Verb {
    fn read(chars: &mut Chars<'_>) -> Result<Self, String> {
        let mut verb = Self::default();
        while let Some(flag) = chars.next_if(|c| matches!(c, '-' | '0' | '+' | ' ' | '#')) {
            match flag {
                '-' => verb.left = true,
                '0' => verb.zero = true,
                '+' => verb.plus = true,
                ' ' => verb.blank = true,
                _ => verb.sharp = true,
            }
        }
        verb.width = digits(chars)?.unwrap_or(0);
        if chars.next_if_eq(&'.').is_some() {
            verb.precision = Some(digits(chars)?.ok_or("a `.` in the format takes a number behind it")?);
        }
        Ok(verb)
    }

    fn show(&self, letter: char, arg: &Value) -> Result<String, String> {
        let to = |ty: &Type| {
            if arg.is_null() {
                return Err(format!("`%{letter}` does not take null"));
            }
            convert(arg, ty).map_err(|e| format!("`%{letter}`: {e}"))
        };
        match letter {
            'v' if !self.sharp && arg.as_number().is_some() => self.number('g', arg.as_number()),
            'v' => Ok(self.pad(match arg {
                Value::String(text) if !self.sharp => text.to_string(),
                Value::Quantity(q) if !self.sharp => q.to_string(),
                Value::Date(d) if !self.sharp => d.to_string(),
                other => json(other)?,
            })),
            's' | 'q' => {
                let whole = to(&Type::String)?;
                let whole = whole.as_str().unwrap_or("");
                let cut: String = whole.chars().take(self.precision.unwrap_or(usize::MAX)).collect();
                if letter == 's' {
                    return Ok(self.pad(cut));
                }
                let mut quoted = String::new();
                quote(&cut, &mut quoted);
                Ok(self.pad(quoted))
            }
            't' => Ok(self.pad((to(&Type::Bool)?.as_bool() == Some(true)).to_string())),
            'd' | 'b' | 'o' | 'x' | 'X' | 'e' | 'E' | 'f' | 'g' | 'G' => {
                self.number(letter, to(&Type::Number)?.as_number())
            }
            other => Err(format!("`%{other}` means nothing")),
        }
    }

    fn number(&self, letter: char, number: Option<&Number>) -> Result<String, String> {
        let zero = Number::ZERO;
        let number = number.unwrap_or(&zero);
        let size = number.abs();
        let shown = match letter {
            'd' | 'b' | 'o' | 'x' | 'X' if !number.is_integer() => {
                return Err(format!("`%{letter}` takes a whole number, and this is {number}"));
            }
            'd' => self.at_least(size.to_string()),
            'b' | 'o' | 'x' | 'X' => {
                let bits: Result<u128, _> = size.to_string().parse();
                let bits = bits.map_err(|_| format!("`%{letter}` takes numbers of up to 128 bits"))?;
                let (prefix, digits) = match letter {
                    'b' => ("0b", format!("{bits:b}")),
                    'o' => ("0", format!("{bits:o}")),
                    'x' => ("0x", format!("{bits:x}")),
                    _ => ("0X", format!("{bits:X}")),
                };
                format!("{}{}", if self.sharp { prefix } else { "" }, self.at_least(digits))
            }
            'e' | 'E' => Decimal::of(&size).scientific(Some(self.precision.unwrap_or(6))),
            'f' => Decimal::of(&size).fixed(self.precision.unwrap_or(6)),
            _ => Decimal::of(&size).general(self.precision),
        };
        let shown = if matches!(letter, 'E' | 'G') {
            shown.to_uppercase()
        } else {
            shown
        };
        let sign = match () {
            () if number.is_negative() => "-",
            () if self.plus => "+",
            () if self.blank => " ",
            () => "",
        };
        let missing = self.width.saturating_sub(sign.len() + shown.len());
        Ok(if self.left {
            format!("{sign}{shown}{}", " ".repeat(missing))
        } else if self.zero {
            format!("{sign}{}{shown}", "0".repeat(missing))
        } else {
            format!("{}{sign}{shown}", " ".repeat(missing))
        })
    }

    /// Digits with zeros before, up to the precision.
    fn at_least(&self, digits: String) -> String {
        let missing = self.precision.unwrap_or(0).saturating_sub(digits.len());
        if missing == 0 {
            digits
        } else {
            format!("{}{digits}", "0".repeat(missing))
        }
    }

    fn pad(&self, shown: String) -> String {
        let missing = self.width.saturating_sub(shown.chars().count());
        let fill = if self.zero { "0" } else { " " }.repeat(missing);
        if self.left { shown + &fill } else { fill + &shown }
    }
}

/// A number that is not negative as `0.d₁d₂… · 10^point`, without zeros at its ends.
struct Decimal {
    digits: Vec<u8>,
    point: i64,
}

fn signed(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl Decimal {
    fn of(number: &Number) -> Self {
        let shown = number.to_string();
        let (whole, rest) = shown.split_once('.').unwrap_or((&shown, ""));
        let all: Vec<u8> = whole
            .bytes()
            .chain(rest.bytes())
            .map(|b| b.saturating_sub(b'0'))
            .collect();
        let zeros = all.iter().take_while(|d| **d == 0).count();
        let mut made = Self {
            digits: all.into_iter().skip(zeros).collect(),
            point: signed(whole.len()) - signed(zeros),
        };
        made.trim();
        made
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&0) {
            self.digits.pop();
        }
        if self.digits.is_empty() {
            self.point = 0;
        }
    }

    /// Rounds to so many digits, half to even.
    fn round(&mut self, keep: i64) {
        let Ok(keep) = usize::try_from(keep) else {
            self.digits.clear();
            return self.trim();
        };
        if keep >= self.digits.len() {
            return;
        }
        let rest = self.digits.split_off(keep);
        let half = rest.first().copied().unwrap_or(0);
        let odd = self.digits.last().is_some_and(|d| d % 2 == 1);
        if half > 5 || half == 5 && (rest.len() > 1 || odd) {
            self.up();
        }
        self.trim();
    }

    /// One more in the last digit.
    fn up(&mut self) {
        for digit in self.digits.iter_mut().rev() {
            if *digit < 9 {
                *digit += 1;
                return;
            }
            *digit = 0;
        }
        self.digits.insert(0, 1);
        self.point += 1;
    }

    fn digit(&self, at: i64) -> char {
        let digit = usize::try_from(at).ok().and_then(|at| self.digits.get(at));
        digit.map_or('0', |d| char::from(b'0' + d))
    }

    fn fixed(mut self, places: usize) -> String {
        self.round(self.point.saturating_add(signed(places)));
        let mut out: String = (0..self.point.max(0)).map(|at| self.digit(at)).collect();
        if out.is_empty() {
            out.push('0');
        }
        if places > 0 {
            out.push('.');
            out.extend((0..signed(places)).map(|at| self.digit(self.point + at)));
        }
        out
    }

    /// `1.5e+03`, with as many digits behind the point as there are, or as many as asked for.
    fn scientific(mut self, places: Option<usize>) -> String {
        if let Some(places) = places {
            self.round(signed(places) + 1);
        }
        let places = places.unwrap_or(self.digits.len().saturating_sub(1));
        let mut out = self.digit(0).to_string();
        if places > 0 {
            out.push('.');
            out.extend((1..=signed(places)).map(|at| self.digit(at)));
        }
        let exponent = if self.digits.is_empty() { 0 } else { self.point - 1 };
        let sign = if exponent < 0 { '-' } else { '+' };
        out + &format!("e{sign}{:02}", exponent.abs())
    }

    /// The shorter of the two; the precision counts all digits.
    fn general(mut self, precision: Option<usize>) -> String {
        let limit = match precision {
            None => 6,
            Some(most) => {
                let most = signed(most.max(1));
                let long = most > signed(self.digits.len()) && signed(self.digits.len()) >= self.point;
                self.round(most);
                if long { signed(self.digits.len()) } else { most }
            }
        };
        let exponent = self.point - 1;
        if !self.digits.is_empty() && (exponent < -4 || exponent >= limit) {
            return self.scientific(None);
        }
        let places = usize::try_from(signed(self.digits.len()) - self.point).unwrap_or(0);
        self.fixed(places)
    }
}
