//! Units and their dimensions: one table. SI and IEC prefixes are not confused (`GB` is 10⁹ bytes, `GiB` is 2³⁰); `m` is a minute and
//! there is no month; bare `k M G` are counts. Source of the factors: SI brochure (9th edition) and IEC 80000-13; a year is 365 days.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::number::Number;

/// What is counted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Base {
    /// Time, in seconds.
    Duration,
    /// Data, in bits.
    Data,
    /// Virtual processors.
    Cpu,
    /// Things.
    Count,
    /// Hundredths, as a fraction of 1.
    Percent,
    /// Money of one currency, by its ISO 4217 code.
    Money(Arc<str>),
}

/// A product of powers of what is counted, sorted, without zero powers: a bandwidth is data¹ · duration⁻¹.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dimension(Arc<[(Base, i8)]>);

/// A row of the table.
struct Unit {
    name: &'static str,
    base: Base,
    /// How many of the base unit it is.
    factor: &'static str,
    /// Divided by so many seconds.
    per_second: i8,
}

const fn unit(name: &'static str, base: Base, factor: &'static str) -> Unit {
    Unit {
        name,
        base,
        factor,
        per_second: 0,
    }
}

const fn rate(name: &'static str, factor: &'static str) -> Unit {
    Unit {
        name,
        base: Base::Data,
        factor,
        per_second: 1,
    }
}

const UNITS: &[Unit] = &[
    unit("ns", Base::Duration, "0.000000001"),
    unit("us", Base::Duration, "0.000001"),
    unit("ms", Base::Duration, "0.001"),
    unit("s", Base::Duration, "1"),
    unit("m", Base::Duration, "60"),
    unit("h", Base::Duration, "3600"),
    unit("d", Base::Duration, "86400"),
    unit("w", Base::Duration, "604800"),
    unit("y", Base::Duration, "31536000"),
    unit("bit", Base::Data, "1"),
    unit("kbit", Base::Data, "1000"),
    unit("Mbit", Base::Data, "1000000"),
    unit("Gbit", Base::Data, "1000000000"),
    unit("B", Base::Data, "8"),
    unit("kB", Base::Data, "8000"),
    unit("MB", Base::Data, "8000000"),
    unit("GB", Base::Data, "8000000000"),
    unit("TB", Base::Data, "8000000000000"),
    unit("PB", Base::Data, "8000000000000000"),
    unit("KiB", Base::Data, "8192"),
    unit("MiB", Base::Data, "8388608"),
    unit("GiB", Base::Data, "8589934592"),
    unit("TiB", Base::Data, "8796093022208"),
    unit("PiB", Base::Data, "9007199254740992"),
    rate("bps", "1"),
    rate("kbps", "1000"),
    rate("Mbps", "1000000"),
    rate("Gbps", "1000000000"),
    rate("Tbps", "1000000000000"),
    unit("vcpu", Base::Cpu, "1"),
    unit("mvcpu", Base::Cpu, "0.001"),
    unit("k", Base::Count, "1000"),
    unit("M", Base::Count, "1000000"),
    unit("G", Base::Count, "1000000000"),
    unit("%", Base::Percent, "0.01"),
];

/// Currencies that amounts can be in, by ISO 4217 code.
const CURRENCIES: &[&str] = &[
    "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "EUR", "GBP", "HKD", "HUF", "INR", "JPY", "KRW", "MXN", "NOK",
    "NZD", "PLN", "RON", "SEK", "SGD", "TRY", "USD", "ZAR",
];

/// What people write, and what it is here.
const HABITS: &[(&str, &str)] = &[
    ("sec", "s"),
    ("secs", "s"),
    ("min", "m"),
    ("mins", "m"),
    ("hr", "h"),
    ("hrs", "h"),
    ("day", "d"),
    ("days", "d"),
    ("week", "w"),
    ("mo", "d"),
    ("yr", "y"),
    ("msec", "ms"),
    ("Gib", "GiB"),
    ("Mib", "MiB"),
    ("Gi", "GiB"),
    ("Mi", "MiB"),
    ("Ki", "KiB"),
    ("Ti", "TiB"),
    ("KB", "kB"),
    ("kb", "kB"),
    ("mb", "MB"),
    ("gb", "GB"),
    ("tb", "TB"),
    ("kib", "KiB"),
    ("kiB", "KiB"),
    ("mib", "MiB"),
    ("gib", "GiB"),
    ("tib", "TiB"),
    ("T", "TB"),
    ("cpu", "vcpu"),
    ("cpus", "vcpu"),
    ("vcpus", "vcpu"),
    ("core", "vcpu"),
    ("cores", "vcpu"),
    ("mbps", "Mbps"),
    ("gbps", "Gbps"),
    ("Kbps", "kbps"),
    ("K", "k"),
    ("eur", "EUR"),
    ("usd", "USD"),
];

/// A unit that is not in the table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitError {
    /// The unit as written.
    pub unit: String,
    /// The one that was likely meant.
    pub suggestion: Option<String>,
}

impl fmt::Display for UnitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is no unit", self.unit)
    }
}

/// The dimension of a unit as written (`EUR/vcpu/h`), and how many base units it is.
pub fn unit_of(text: &str) -> Result<(Dimension, Number), UnitError> {
    let mut powers: Vec<(Base, i8)> = Vec::new();
    let mut factor = Number::ONE;
    for (i, part) in text.split('/').enumerate() {
        let (base, number, per_second) = single(part)?;
        let sign = if i == 0 { 1 } else { -1 };
        powers.push((base, sign));
        powers.push((Base::Duration, -sign * per_second));
        let combined = if i == 0 {
            factor.mul(&number)
        } else {
            factor.div(&number)
        };
        factor = combined.map_err(|_| unknown(part))?;
    }
    Ok((Dimension::of(powers), factor))
}

fn single(name: &str) -> Result<(Base, Number, i8), UnitError> {
    if let Some(unit) = UNITS.iter().find(|u| u.name == name) {
        let factor = Number::parse(unit.factor).map_err(|_| unknown(name))?;
        return Ok((unit.base.clone(), factor, unit.per_second));
    }
    match CURRENCIES.iter().find(|c| **c == name) {
        Some(currency) => Ok((Base::Money((*currency).into()), Number::ONE, 0)),
        None => Err(unknown(name)),
    }
}

fn unknown(name: &str) -> UnitError {
    let habit = HABITS
        .iter()
        .find(|(wrong, _)| *wrong == name)
        .map(|(_, right)| (*right).to_owned());
    let cased = || {
        let names = UNITS.iter().map(|u| u.name).chain(CURRENCIES.iter().copied());
        names.filter(|n| n.eq_ignore_ascii_case(name)).map(str::to_owned).next()
    };
    UnitError {
        unit: name.to_owned(),
        suggestion: habit.or_else(cased),
    }
}

/// The names of all units, for completion and suggestions.
pub fn names() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|u| u.name).chain(CURRENCIES.iter().copied())
}

/// Units of one dimension with their factors, smallest first: what a computed quantity is shown in.
pub(crate) fn readable(dimension: &Dimension) -> Vec<(&'static str, Number)> {
    let preferred: &[&str] = match dimension.0.as_ref() {
        [(Base::Duration, 1)] => &["ns", "us", "ms", "s", "m", "h", "d"],
        [(Base::Data, 1)] => &["bit", "B", "KiB", "MiB", "GiB", "TiB", "PiB"],
        [(Base::Duration, -1), (Base::Data, 1)] => &["bps", "kbps", "Mbps", "Gbps", "Tbps"],
        [(Base::Cpu, 1)] => &["mvcpu", "vcpu"],
        [(Base::Percent, 1)] => &["%"],
        _ => &[],
    };
    let rows = preferred
        .iter()
        .filter_map(|name| UNITS.iter().find(|u| u.name == *name));
    rows.filter_map(|u| Some((u.name, Number::parse(u.factor).ok()?)))
        .collect()
}

impl Dimension {
    fn of(powers: impl IntoIterator<Item = (Base, i8)>) -> Self {
        let mut sum: std::collections::BTreeMap<Base, i8> = std::collections::BTreeMap::new();
        for (base, power) in powers {
            let entry = sum.entry(base).or_default();
            *entry = entry.saturating_add(power);
        }
        Self(sum.into_iter().filter(|(_, power)| *power != 0).collect())
    }

    /// Time.
    pub fn duration() -> Self {
        Self::of([(Base::Duration, 1)])
    }

    /// Data.
    pub fn data() -> Self {
        Self::of([(Base::Data, 1)])
    }

    /// Data per time.
    pub fn bandwidth() -> Self {
        Self::of([(Base::Data, 1), (Base::Duration, -1)])
    }

    /// Processors.
    pub fn cpu() -> Self {
        Self::of([(Base::Cpu, 1)])
    }

    /// Things.
    pub fn count() -> Self {
        Self::of([(Base::Count, 1)])
    }

    /// Hundredths.
    pub fn percent() -> Self {
        Self::of([(Base::Percent, 1)])
    }

    /// The dimension of a product.
    #[must_use]
    pub fn times(&self, other: &Self) -> Self {
        Self::of(self.0.iter().chain(other.0.iter()).cloned())
    }

    /// The dimension of a quotient.
    #[must_use]
    pub fn per(&self, other: &Self) -> Self {
        Self::of(
            self.0
                .iter()
                .cloned()
                .chain(other.0.iter().map(|(base, power)| (base.clone(), -power))),
        )
    }

    /// Whether it is a plain number.
    pub fn is_none(&self) -> bool {
        self.0.is_empty()
    }

    /// The currency, where it is an amount of money or a price.
    pub fn currency(&self) -> Option<&str> {
        self.0.iter().find_map(|(base, power)| match base {
            Base::Money(currency) if *power == 1 => Some(currency.as_ref()),
            _ => None,
        })
    }

    /// `duration`, `data size`, `bandwidth`, `price in EUR`: as messages call it.
    pub fn name(&self) -> String {
        match self.0.as_ref() {
            [(Base::Duration, 1)] => "duration".to_owned(),
            [(Base::Data, 1)] => "data size".to_owned(),
            [(Base::Duration, -1), (Base::Data, 1)] => "bandwidth".to_owned(),
            [(Base::Cpu, 1)] => "number of vcpus".to_owned(),
            [(Base::Count, 1)] => "count".to_owned(),
            [(Base::Percent, 1)] => "percentage".to_owned(),
            [(Base::Money(currency), 1)] => format!("amount in {currency}"),
            _ => match self.currency() {
                Some(currency) => format!("price in {currency}"),
                None => "quantity".to_owned(),
            },
        }
    }
}
