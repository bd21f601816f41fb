//! Points in time, as text by RFC 3339. What time it is now is asked in `volatile`.

use situs_value::{Number, Value};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use super::{Arity, Function, Param, text};

pub(super) const FUNCTIONS: &[Function] = &[
    Function {
        name: "formatdate",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "A point in time written as `YYYY YY MMMM MMM MM M DD D EEEE EEE hh h HH H AA aa mm m ss s ZZZZZ ZZZZ ZZZ Z` say, \
              with other letters in single quotes.",
        example: (
            "formatdate(\"EEE, DD MMM YYYY hh:mm:ss ZZZ\", \"2018-01-02T23:12:01Z\")",
            "\"Tue, 02 Jan 2018 23:12:01 UTC\"",
        ),
        run: |v, _| formatdate(text(v, 0), &moment(text(v, 1))?),
    },
    Function {
        name: "timeadd",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "A point in time so much later: `1h30m`, `-5s`, or a duration such as `2d`.",
        example: ("timeadd(\"2017-11-22T00:00:00Z\", \"10m\")", "\"2017-11-22T00:10:00Z\""),
        run: |v, _| timeadd(text(v, 0), text(v, 1)),
    },
    Function {
        name: "timecmp",
        params: &[Param::Text, Param::Text],
        arity: Arity::Exact,
        doc: "-1, 0 or 1 where the first point in time is before, at or after the second.",
        example: ("timecmp(\"2017-11-22T00:00:00Z\", \"2017-11-22T01:00:00+01:00\")", "0"),
        run: |v, _| {
            let order = moment(text(v, 0))?.cmp(&moment(text(v, 1))?);
            Ok(Value::from(order as i64))
        },
    },
];

fn moment(text: &str) -> Result<OffsetDateTime, String> {
    let parsed = OffsetDateTime::parse(text, &Rfc3339).ok();
    parsed
        .filter(|_| text.as_bytes().get(10) == Some(&b'T'))
        .ok_or_else(|| format!("{text:?} is no point in time: write it like `2027-06-30T12:00:00Z`"))
}

fn formatdate(format: &str, at: &OffsetDateTime) -> Result<Value, String> {
    let mut out = String::new();
    let mut rest = format;
    while let Some(c) = rest.chars().next() {
        let length = if c == '\'' {
            literal(rest, &mut out)?
        } else if c.is_ascii_alphabetic() {
            let run = rest.len() - rest.trim_start_matches(c).len();
            out.push_str(&verb(c, run, at)?);
            run
        } else {
            out.push(c);
            c.len_utf8()
        };
        rest = rest.get(length..).unwrap_or("");
    }
    Ok(out.into())
}

/// Text in single quotes, where two of them are one; how many bytes it takes.
fn literal(text: &str, out: &mut String) -> Result<usize, String> {
    if text.starts_with("''") {
        out.push('\'');
        return Ok(2);
    }
    let mut chars = text.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            out.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            out.push('\'');
        } else {
            return Ok(at + 1);
        }
    }
    Err("a `'` in the format is not closed".to_owned())
}

fn verb(letter: char, count: usize, at: &OffsetDateTime) -> Result<String, String> {
    let half = |hour: u8| if hour.is_multiple_of(12) { 12 } else { hour % 12 };
    let plain = |n: u8, count: usize| if count == 1 { n.to_string() } else { format!("{n:02}") };
    let short = |name: String| name.chars().take(3).collect::<String>();
    Ok(match (letter, count) {
        ('Y', 4) => format!("{:04}", at.year()),
        ('Y', 2) => format!("{:02}", at.year().rem_euclid(100)),
        ('M', 4) => at.month().to_string(),
        ('M', 3) => short(at.month().to_string()),
        ('M', 1 | 2) => plain(u8::from(at.month()), count),
        ('D', 1 | 2) => plain(at.day(), count),
        ('E', 4) => at.weekday().to_string(),
        ('E', 3) => short(at.weekday().to_string()),
        ('h', 1 | 2) => plain(at.hour(), count),
        ('H', 1 | 2) => plain(half(at.hour()), count),
        ('A', 2) => if at.hour() < 12 { "AM" } else { "PM" }.to_owned(),
        ('a', 2) => if at.hour() < 12 { "am" } else { "pm" }.to_owned(),
        ('m', 1 | 2) => plain(at.minute(), count),
        ('s', 1 | 2) => plain(at.second(), count),
        ('Z', 1) if at.offset().is_utc() => "Z".to_owned(),
        ('Z', 3) if at.offset().is_utc() => "UTC".to_owned(),
        ('Z', 1 | 5) => offset(at, ":"),
        ('Z', 3 | 4) => offset(at, ""),
        _ => {
            let written = letter.to_string().repeat(count.min(12));
            return Err(format!(
                "`{written}` in the format means nothing: letters that are text stand in single quotes"
            ));
        }
    })
}

fn offset(at: &OffsetDateTime, between: &str) -> String {
    let minutes = i32::from(at.offset().whole_minutes());
    let sign = if minutes < 0 { '-' } else { '+' };
    format!("{sign}{:02}{between}{:02}", minutes.abs() / 60, minutes.abs() % 60)
}

fn timeadd(start: &str, span: &str) -> Result<Value, String> {
    let start = moment(start)?;
    let later = start
        .checked_add(duration(span)?)
        .filter(|t| (0..=9999).contains(&t.year()));
    let later = later.ok_or("the result lies outside of the years 0 to 9999")?;
    Ok(written(&later))
}

/// A point in time as RFC 3339 writes it, to the second.
pub(super) fn written(at: &OffsetDateTime) -> Value {
    let zone = if at.offset().is_utc() {
        "Z".to_owned()
    } else {
        offset(at, ":")
    };
    let (year, month, day) = (at.year(), u8::from(at.month()), at.day());
    let (hour, minute, second) = (at.hour(), at.minute(), at.second());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}").into()
}

/// `1h30m`, `-1.5h`, `300ms`: exact to the nanosecond.
pub fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no duration: write it like `90m` or `1h30m`");
    let (minus, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Ok(Duration::ZERO);
    }
    let mut total = Number::ZERO;
    if rest.is_empty() {
        return Err(wrong());
    }
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (number, behind) = rest.split_at_checked(digits).ok_or_else(wrong)?;
        let letters = behind.len() - behind.trim_start_matches(char::is_alphabetic).len();
        let (unit, behind) = behind.split_at_checked(letters).ok_or_else(wrong)?;
        let nanos: i64 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            "d" => 86_400_000_000_000,
            "w" => 604_800_000_000_000,
            _ => return Err(wrong()),
        };
        let number = format!("0{}", number.trim_end_matches('.'));
        let number = Number::parse(&number).map_err(|_| wrong())?;
        let part = number.mul(&Number::from(nanos)).map_err(|_| wrong())?;
        total = total.add(&part).map_err(|_| wrong())?;
        rest = behind;
    }
    let nanos: i128 = total.floor().to_string().parse().map_err(|_| wrong())?;
    let seconds = i64::try_from(nanos / 1_000_000_000).map_err(|_| wrong())?;
    let left = i32::try_from(nanos % 1_000_000_000).unwrap_or(0);
    let span = Duration::new(seconds, left);
    Ok(if minus { -span } else { span })
}
