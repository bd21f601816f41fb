//! Exact decimals. Small whole numbers stay machine words; everything else is a decimal without bound on its digits, with a bound on
//! its exponent, so that no short text stands for gigabytes.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::str::FromStr;
use std::sync::Arc;

use bigdecimal::num_traits::{Signed, ToPrimitive, Zero};
use bigdecimal::{BigDecimal, Context, RoundingMode};
use num_bigint::BigInt;

/// Division rounds at so many significant digits.
pub const DIGITS: u64 = 154;
/// The largest exponent, up and down, that a number may be written or computed with.
pub const MAX_EXPONENT: i64 = 10_000;

/// A quotient with a few digits more than [`DIGITS`], the last of which is odd where it is not exact: rounding it to [`DIGITS`] digits is
/// rounding the true quotient. Long division of whole numbers; the divisor is not zero.
fn quotient(a: &BigDecimal, b: &BigDecimal) -> BigDecimal {
    let ((above, up), (below, down)) = (a.as_bigint_and_exponent(), b.as_bigint_and_exponent());
    let digits = |n: &BigInt| n.bits() * 31 / 100;
    let shift = DIGITS + 4 + digits(&below).saturating_sub(digits(&above));
    let shift = u32::try_from(shift).unwrap_or(u32::MAX);
    let whole = above * BigInt::from(10).pow(shift);
    let mut digits = &whole / &below * 10;
    if !(&whole % &below).is_zero() {
        digits += if whole.is_negative() == below.is_negative() {
            1
        } else {
            -1
        };
    }
    BigDecimal::new(digits, up - down + i64::from(shift) + 1)
}

/// An exact decimal number. Equal numbers are equal whatever way they came about.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    Small(i64),
    Big(Arc<BigDecimal>),
}

/// Why there is no number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NumberError {
    /// The text is no number.
    NotANumber,
    /// The number has more than [`MAX_EXPONENT`] digits before or behind the point.
    OutOfRange,
    /// Division by zero.
    DivisionByZero,
}

impl fmt::Display for NumberError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotANumber => "not a number",
            Self::OutOfRange => "a number out of range",
            Self::DivisionByZero => "division by zero",
        })
    }
}

impl std::error::Error for NumberError {}

impl Number {
    /// Zero.
    pub const ZERO: Self = Self(Repr::Small(0));
    /// One.
    pub const ONE: Self = Self(Repr::Small(1));

    /// The number that a text stands for: `12`, `-0.5`, `1e6`.
    pub fn parse(text: &str) -> Result<Self, NumberError> {
        if let Ok(small) = text.parse::<i64>() {
            return Ok(Self(Repr::Small(small)));
        }
        check_text(text)?;
        let big = BigDecimal::from_str(text).map_err(|_| NumberError::NotANumber)?;
        Self::from_big(&big)
    }

    fn from_big(big: &BigDecimal) -> Result<Self, NumberError> {
        let big = big.normalized();
        let (digits, scale) = big.as_bigint_and_exponent();
        let length = i64::try_from(digits.bits() / 3 + 1).unwrap_or(i64::MAX);
        if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&scale) || length.saturating_sub(scale) > 2 * MAX_EXPONENT {
            return Err(NumberError::OutOfRange);
        }
        let whole = if scale <= 0 { big.to_i64() } else { None };
        Ok(whole.map_or_else(|| Self(Repr::Big(Arc::new(big))), |small| Self(Repr::Small(small))))
    }

    fn big(&self) -> BigDecimal {
        match &self.0 {
            Repr::Small(small) => BigDecimal::from(*small),
            Repr::Big(big) => (**big).clone(),
        }
    }

    fn both(
        &self,
        other: &Self,
        small: fn(i64, i64) -> Option<i64>,
        big: fn(BigDecimal, BigDecimal) -> BigDecimal,
    ) -> Result<Self, NumberError> {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(result) = small(*a, *b)
        {
            return Ok(Self(Repr::Small(result)));
        }
        Self::from_big(&big(self.big(), other.big()))
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Result<Self, NumberError> {
        self.both(other, i64::checked_add, |a, b| a + b)
    }

    /// The difference.
    pub fn sub(&self, other: &Self) -> Result<Self, NumberError> {
        self.both(other, i64::checked_sub, |a, b| a - b)
    }

    /// The product.
    pub fn mul(&self, other: &Self) -> Result<Self, NumberError> {
        self.both(other, i64::checked_mul, |a, b| a * b)
    }

    /// The quotient, rounded half-even at [`DIGITS`] significant digits.
    pub fn div(&self, other: &Self) -> Result<Self, NumberError> {
        if other.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
            && let Some(quotient) = a.checked_div(*b)
        {
            return Ok(Self(Repr::Small(quotient)));
        }
        let precision = std::num::NonZeroU64::new(DIGITS).unwrap_or(std::num::NonZeroU64::MIN);
        let context = Context::default()
            .with_precision(precision)
            .with_rounding_mode(RoundingMode::HalfEven);
        let inexact = quotient(&self.big(), &other.big());
        Self::from_big(&inexact.with_precision_round(context.precision(), context.rounding_mode()))
    }

    /// What is left of a division towards zero; the sign is that of the dividend.
    pub fn rem(&self, other: &Self) -> Result<Self, NumberError> {
        if other.is_zero() {
            return Err(NumberError::DivisionByZero);
        }
        self.both(other, i64::checked_rem, |a, b| a % b)
    }

    /// The same with the other sign.
    #[must_use]
    pub fn neg(&self) -> Self {
        match &self.0 {
            Repr::Small(small) if *small != i64::MIN => Self(Repr::Small(-small)),
            _ => Self::from_big(&-self.big()).unwrap_or(Self::ZERO),
        }
    }

    /// The same without its sign.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.is_negative() { self.neg() } else { self.clone() }
    }

    /// The largest whole number that is not above it.
    #[must_use]
    pub fn floor(&self) -> Self {
        self.rounded(RoundingMode::Floor)
    }

    /// The smallest whole number that is not below it.
    #[must_use]
    pub fn ceil(&self) -> Self {
        self.rounded(RoundingMode::Ceiling)
    }

    fn rounded(&self, mode: RoundingMode) -> Self {
        match &self.0 {
            Repr::Small(_) => self.clone(),
            Repr::Big(big) => Self::from_big(&big.with_scale_round(0, mode)).unwrap_or_else(|_| self.clone()),
        }
    }

    /// Whether it is 0.
    pub fn is_zero(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => *small == 0,
            Repr::Big(big) => big.is_zero(),
        }
    }

    /// Whether it is below 0.
    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(small) => *small < 0,
            Repr::Big(big) => big.is_negative(),
        }
    }

    /// Whether it has nothing behind the point.
    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) => true,
            Repr::Big(big) => big.is_integer(),
        }
    }

    /// As a machine word, where it is a whole number that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(small) => Some(*small),
            Repr::Big(_) => None,
        }
    }

    /// As a machine word without sign, where it is a whole number that fits.
    pub fn to_u64(&self) -> Option<u64> {
        match &self.0 {
            Repr::Small(small) => u64::try_from(*small).ok(),
            Repr::Big(big) if big.is_integer() => big.to_u64(),
            Repr::Big(_) => None,
        }
    }

    /// As a length or an index, where it is one.
    pub fn to_usize(&self) -> Option<usize> {
        self.to_u64().and_then(|n| usize::try_from(n).ok())
    }
}

/// Refuses texts whose number would not fit before any memory is taken for it.
fn check_text(text: &str) -> Result<(), NumberError> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (text.get(..at).unwrap_or(""), text.get(at + 1..).unwrap_or("")),
        None => (text, "0"),
    };
    let plain = mantissa.strip_prefix(['-', '+']).unwrap_or(mantissa);
    let well_formed = !plain.is_empty()
        && plain.starts_with(|c: char| c.is_ascii_digit())
        && plain.ends_with(|c: char| c.is_ascii_digit())
        && plain.bytes().all(|b| b.is_ascii_digit() || b == b'.')
        && plain.bytes().filter(|b| *b == b'.').count() <= 1;
    if !well_formed || exponent.is_empty() {
        return Err(NumberError::NotANumber);
    }
    let digits_of_exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
    if digits_of_exponent.is_empty() || !digits_of_exponent.bytes().all(|b| b.is_ascii_digit()) {
        return Err(NumberError::NotANumber);
    }
    let exponent: i64 = exponent.parse().map_err(|_| NumberError::OutOfRange)?;
    let limit = usize::try_from(MAX_EXPONENT).unwrap_or(usize::MAX);
    if exponent.abs() > MAX_EXPONENT || digits > limit {
        Err(NumberError::OutOfRange)
    } else {
        Ok(())
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Small(small) => write!(f, "{small}"),
            Repr::Big(big) => f.write_str(&big.to_plain_string()),
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a.cmp(b),
            _ => self.big().cmp(&other.big()),
        }
    }
}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(small) => small.hash(state),
            Repr::Big(big) => big.hash(state),
        }
    }
}

impl From<i64> for Number {
    fn from(small: i64) -> Self {
        Self(Repr::Small(small))
    }
}

impl From<u64> for Number {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or_else(
            |_| Self(Repr::Big(Arc::new(BigDecimal::from(number)))),
            |small| Self(Repr::Small(small)),
        )
    }
}

impl From<usize> for Number {
    fn from(number: usize) -> Self {
        Self::from(number as u64)
    }
}

impl FromStr for Number {
    type Err = NumberError;
    fn from_str(text: &str) -> Result<Self, NumberError> {
        Self::parse(text)
    }
}
