//! What a placement costs: exact decimals for what is told, whole billionths of the currency per hour for what is compared.

use std::fmt;
use std::sync::Arc;

use situs_value::{Dimension, Number, Quantity};

use crate::base::{Code, Diagnostic, Diagnostics};
use crate::lang::eval::shape::{Name, Shape, Site};

/// Prices in several currencies.
pub const CURRENCIES: Code = Code::new("E205", "prices in several currencies");
/// A price that is not per what it is the price of.
pub const PRICE_UNIT: Code = Code::new("E206", "a price that is not per what it is the price of");

/// What has a price and a capacity: its name, what its price is per, and in how many parts one counts.
pub const DIMENSIONS: [(&str, &str); 3] = [("cpu", "vcpu/h"), ("memory", "GiB/h"), ("disk", "GiB/h")];
/// What leaves a site has a price and no capacity.
const EGRESS: (&str, &str) = ("egress", "GiB");

/// How much of each dimension.
pub type Load = [Number; 3];

/// Money per hour.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cost {
    /// The currency, by its ISO 4217 code.
    pub currency: Arc<str>,
    /// So much of it.
    pub per_hour: Number,
}

impl fmt::Display for Cost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}/h", self.per_hour, self.currency)
    }
}

/// The prices of all sites, in one currency.
pub struct Prices {
    /// The currency, where anything has a price.
    pub currency: Option<Arc<str>>,
    /// By site: per unit and hour.
    sites: Vec<Load>,
    /// By site: per GiB that leaves it.
    egress: Vec<Number>,
    /// What moving one replica costs.
    pub move_price: Option<Number>,
}

impl Prices {
    /// Of the sites of a shape; sites are numbered in the order of their names.
    pub fn of(shape: &Shape) -> (Self, Diagnostics) {
        let mut diagnostics = Diagnostics::new();
        let currency = diagnostics.take(one_currency(shape));
        let mut read = |site: &Site, row: (&str, &str)| {
            let price = site.price.get(row.0);
            price.map_or(Number::ZERO, |price| diagnostics.take(rate(site, row, price)))
        };
        let mut sites = Vec::with_capacity(shape.sites.len());
        let mut egress = Vec::with_capacity(shape.sites.len());
        for site in shape.sites.values() {
            sites.push(DIMENSIONS.map(|row| read(site, row)));
            egress.push(read(site, EGRESS));
        }
        let move_price = shape.objective.move_price.as_ref().map(|q| q.number().clone());
        let made = Self {
            currency,
            sites,
            egress,
            move_price,
        };
        (made, diagnostics)
    }

    /// What so much costs on a site in an hour.
    pub fn of_load(&self, site: usize, load: &Load) -> Number {
        let Some(prices) = self.sites.get(site) else {
            return Number::ZERO;
        };
        let units = [load[0].clone(), gibibytes(&load[1]), gibibytes(&load[2])];
        let parts = prices.iter().zip(&units).map(|(price, amount)| times(price, amount));
        parts.fold(Number::ZERO, |sum, part| plus(&sum, &part))
    }

    /// What so many bits per second that leave a site cost in an hour.
    pub fn of_egress(&self, site: usize, traffic: &Number) -> Number {
        let bytes = traffic.mul(&Number::from(3600_i64 / 8)).unwrap_or(Number::ZERO);
        self.egress
            .get(site)
            .map_or(Number::ZERO, |price| times(price, &gibibytes(&bytes)))
    }

    /// An amount per hour, where there are prices at all.
    pub fn cost(&self, per_hour: Number) -> Option<Cost> {
        let currency = self.currency.clone()?;
        Some(Cost { currency, per_hour })
    }
}

/// In billionths, rounded half up; what is beyond a machine word is as much as one holds.
pub fn billionths(amount: &Number) -> i128 {
    let scaled = times(amount, &Number::from(1_000_000_000_i64));
    let half = Number::parse("0.5").unwrap_or(Number::ZERO);
    plus(&scaled, &half).floor().to_i64().unwrap_or(i64::MAX).into()
}

/// The sum. What the engine cannot write down is no amount of money: the larger part stands for it.
pub fn plus(a: &Number, b: &Number) -> Number {
    a.add(b).unwrap_or_else(|_| a.max(b).clone())
}

fn times(a: &Number, b: &Number) -> Number {
    a.mul(b).unwrap_or_else(|_| a.max(b).clone())
}

fn gibibytes(bytes: &Number) -> Number {
    bytes.div(&Number::from(1_i64 << 30)).unwrap_or(Number::ZERO)
}

/// A site's price of one dimension, in the unit in which the dimension is counted.
fn rate(site: &Site, (name, per): (&str, &str), price: &Quantity) -> (Number, Diagnostics) {
    let currency = price.dimension().currency().unwrap_or("EUR");
    match price.in_unit(&format!("{currency}/{per}")) {
        Ok(number) => (number, Diagnostics::new()),
        Err(_) => {
            let title = format!("`{price}` is no price of {name}");
            let wrong = Diagnostic::error(PRICE_UNIT, title)
                .at(site.span, format!("the price of {name} of this site"))
                .help(format!("write an amount per {per}: `0.03{currency}/{per}`"))
                .about(format!("site.{}", site.name));
            (Number::ZERO, wrong.into())
        }
    }
}

/// The one currency of all prices.
fn one_currency(shape: &Shape) -> (Option<Arc<str>>, Diagnostics) {
    let of_sites = shape.sites.values().flat_map(|site| {
        let prices = site.price.values();
        prices.filter_map(move |p| Some((Arc::<str>::from(p.dimension().currency()?), &site.name, site.span)))
    });
    let mut seen: Vec<(Arc<str>, &Name, _)> = Vec::new();
    for (currency, name, span) in of_sites {
        if seen.iter().all(|(c, ..)| *c != currency) {
            seen.push((currency, name, span));
        }
    }
    let mut diagnostics = Diagnostics::new();
    if let [(first, here, span), (second, there, other), ..] = seen.as_slice() {
        let title = format!("prices are in {first} at `{here}` and in {second} at `{there}`");
        let mixed = Diagnostic::error(CURRENCIES, title)
            .at(*span, format!("priced in {first}"))
            .and(*other, format!("priced in {second}"))
            .help("give all prices in one currency; the engine knows no rates of exchange");
        diagnostics.push(mixed);
    }
    let currency = seen.first().map(|(c, ..)| c.clone());
    let moving = shape.objective.move_price.as_ref();
    let moved = moving.and_then(|q| q.dimension().currency());
    if let (Some(moved), Some(first), Some((_, name, span))) = (moved, &currency, seen.first())
        && moved != &**first
    {
        let title = format!("`move_price` is in {moved}, and prices are in {first}");
        let at = shape.objective.span.unwrap_or(*span);
        let mixed = Diagnostic::error(CURRENCIES, title)
            .at(at, format!("in {moved}"))
            .and(*span, format!("`{name}` is priced in {first}"))
            .help(format!("give `move_price` in {first}"));
        diagnostics.push(mixed);
    }
    (currency.or_else(|| moved.map(Arc::from)), diagnostics)
}

/// An amount of a dimension as one writes it: `8vcpu`, `32GiB`.
pub fn show(dimension: usize, amount: &Number) -> String {
    if dimension == 0 {
        return format!("{amount}vcpu");
    }
    let bits = times(amount, &Number::from(8_i64));
    Quantity::computed(bits, Dimension::data()).to_string()
}
