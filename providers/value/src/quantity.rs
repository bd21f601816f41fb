//! A number with a unit.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::number::{Number, NumberError};
use crate::units::{Dimension, UnitError, readable, unit_of};

/// A number with a unit, exact, kept in base units (seconds, bits, vcpus, fractions of 1, money) and as written.
#[derive(Clone, Debug)]
pub struct Quantity {
    number: Number,
    dimension: Dimension,
    literal: Arc<str>,
}

/// Why there is no quantity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuantityError {
    /// The unit is not known.
    Unit(UnitError),
    /// The number is not one, or out of range.
    Number(NumberError),
    /// The two do not measure the same thing.
    Dimensions {
        /// What the left one measures.
        left: String,
        /// What the right one measures.
        right: String,
    },
}

impl fmt::Display for QuantityError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit(e) => e.fmt(f),
            Self::Number(e) => e.fmt(f),
            Self::Dimensions { left, right } => write!(f, "a {left} and a {right} do not measure the same thing"),
        }
    }
}

impl std::error::Error for QuantityError {}

impl From<NumberError> for QuantityError {
    fn from(error: NumberError) -> Self {
        Self::Number(error)
    }
}

impl Quantity {
    /// The quantity that digits and a unit stand for: `20` and `ms`.
    pub fn parse_literal(number: &str, unit: &str) -> Result<Self, QuantityError> {
        let (dimension, factor) = unit_of(unit).map_err(QuantityError::Unit)?;
        let base = Number::parse(number)?.mul(&factor)?;
        Ok(Self {
            number: base,
            dimension,
            literal: format!("{number}{unit}").into(),
        })
    }

    /// The quantity that a text stands for: `20ms`.
    pub fn parse(text: &str) -> Result<Self, QuantityError> {
        let start = usize::from(text.starts_with('-'));
        let rest = text.get(start..).unwrap_or("");
        let digits = rest
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(rest.len());
        let (number, unit) = text.split_at_checked(start + digits).unwrap_or((text, ""));
        Self::parse_literal(number, unit)
    }

    /// A computed quantity, in base units; it is shown in the largest unit in which it is a short number.
    pub fn computed(number: Number, dimension: Dimension) -> Self {
        let literal = show(&number, &dimension).into();
        Self {
            number,
            dimension,
            literal,
        }
    }

    /// The number in base units.
    pub fn number(&self) -> &Number {
        &self.number
    }

    /// What it measures.
    pub fn dimension(&self) -> &Dimension {
        &self.dimension
    }

    /// The number in some unit.
    pub fn in_unit(&self, unit: &str) -> Result<Number, QuantityError> {
        let (dimension, factor) = unit_of(unit).map_err(QuantityError::Unit)?;
        self.same(&dimension)?;
        Ok(self.number.div(&factor)?)
    }

    fn same(&self, other: &Dimension) -> Result<(), QuantityError> {
        if self.dimension == *other {
            return Ok(());
        }
        Err(QuantityError::Dimensions {
            left: self.dimension.name(),
            right: other.name(),
        })
    }

    /// The sum of two that measure the same.
    pub fn add(&self, other: &Self) -> Result<Self, QuantityError> {
        self.same(&other.dimension)?;
        Ok(Self::computed(self.number.add(&other.number)?, self.dimension.clone()))
    }

    /// The difference of two that measure the same.
    pub fn sub(&self, other: &Self) -> Result<Self, QuantityError> {
        self.same(&other.dimension)?;
        Ok(Self::computed(self.number.sub(&other.number)?, self.dimension.clone()))
    }

    /// So many times as much.
    pub fn scale(&self, by: &Number) -> Result<Self, QuantityError> {
        Ok(Self::computed(self.number.mul(by)?, self.dimension.clone()))
    }

    /// The product: `0.02EUR/GiB` times `10GiB` is an amount. `Err` holds the plain number where the units cancel out.
    pub fn times(&self, other: &Self) -> Result<Result<Self, Number>, QuantityError> {
        let number = self.number.mul(&other.number)?;
        Ok(measured(number, self.dimension.times(&other.dimension)))
    }

    /// The quotient; `Err` holds the plain number where the units cancel out.
    pub fn per(&self, other: &Self) -> Result<Result<Self, Number>, QuantityError> {
        let number = self.number.div(&other.number)?;
        Ok(measured(number, self.dimension.per(&other.dimension)))
    }

    /// Which is more, where the two measure the same.
    pub fn compare(&self, other: &Self) -> Result<Ordering, QuantityError> {
        self.same(&other.dimension)?;
        Ok(self.number.cmp(&other.number))
    }
}

fn measured(number: Number, dimension: Dimension) -> Result<Quantity, Number> {
    if dimension.is_none() {
        Err(number)
    } else {
        Ok(Quantity::computed(number, dimension))
    }
}

fn show(number: &Number, dimension: &Dimension) -> String {
    let short = |unit: &(&'static str, Number)| {
        let shown = number.div(&unit.1).ok()?;
        (shown.to_string().len() <= 6 && (shown.abs() >= Number::ONE || number.is_zero()))
            .then(|| format!("{shown}{}", unit.0))
    };
    let units = readable(dimension);
    let in_base = || {
        let base = units
            .iter()
            .find(|(_, factor)| *factor == Number::ONE)
            .map_or("", |(name, _)| name);
        format!("{number}{}", dimension.currency().unwrap_or(base))
    };
    units.iter().rev().find_map(short).unwrap_or_else(in_base)
}

/// As written, or as computed.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.literal)
    }
}

/// Equal quantities are equal whatever unit they are written in.
impl PartialEq for Quantity {
    fn eq(&self, other: &Self) -> bool {
        self.dimension == other.dimension && self.number == other.number
    }
}

impl Eq for Quantity {}

impl PartialOrd for Quantity {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Quantity {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.dimension, &self.number).cmp(&(&other.dimension, &other.number))
    }
}
