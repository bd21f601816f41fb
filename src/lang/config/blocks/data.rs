//! Values of attributes and heads, read by their type in the schema, and blocks filled with them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use situs_value::{Date, Number, Quantity, Value};

use crate::base::geo::{Coordinates, Place, PlaceSet};
use crate::base::span::{Span, Spanned};
use crate::lang::eval::shape::{Class, Dimension, Name, Use, Whence};
use crate::lang::schema::Block;
use crate::lang::syntax::ast::{Expr, Operand, Statement};

/// A value, read by its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Data {
    /// `auto`: as if it were not written.
    Absent,
    /// A text, a word of a fixed set, the name of a thing.
    Name(Name),
    /// `true` or `false`
    Bool(bool),
    /// A whole number; milliseconds; tenths of a millisecond.
    Whole(u64),
    /// A number; bytes; bits per second; vcpu; a fraction of 1.
    Number(Number),
    /// Money and prices.
    Quantity(Quantity),
    /// A day.
    Date(Date),
    /// A country or a subdivision.
    Place(Place),
    /// Several of them.
    Territories(BTreeSet<Place>),
    /// A set of places.
    Places(PlaceSet),
    /// A site or a set of places.
    Whence(Whence),
    /// Latitude and longitude.
    Coordinates(Coordinates),
    /// A class of data.
    Class(Class),
    /// What copies are spread across.
    Dimension(Dimension),
    /// Texts by name.
    Map(BTreeMap<Name, Name>),
    /// Several of something.
    List(Vec<Spanned<Data>>),
    /// As written.
    Expr(Arc<Expr>),
}

/// What can be taken out of a [`Data`].
pub trait Take: Sized {
    /// It, where the data is one.
    fn take(data: &Data) -> Option<Self>;
}

macro_rules! take {
    ($($variant:ident => $ty:ty),* $(,)?) => {
        $(impl Take for $ty {
            fn take(data: &Data) -> Option<Self> {
                match data {
                    Data::$variant(inner) => Some(inner.clone()),
                    _ => None,
                }
            }
        })*
    };
}

take! {
    Name => Name,
    Bool => bool,
    Whole => u64,
    Number => Number,
    Quantity => Quantity,
    Date => Date,
    Place => Place,
    Territories => BTreeSet<Place>,
    Places => PlaceSet,
    Whence => Whence,
    Coordinates => Coordinates,
    Class => Class,
    Dimension => Dimension,
    Map => BTreeMap<Name, Name>,
    Expr => Arc<Expr>,
}

/// The number of a port.
impl Take for u16 {
    fn take(data: &Data) -> Option<Self> {
        u64::take(data).and_then(|n| Self::try_from(n).ok())
    }
}

impl<T: Take> Take for Vec<Spanned<T>> {
    fn take(data: &Data) -> Option<Self> {
        let Data::List(elements) = data else { return None };
        let one = |e: &Spanned<Data>| T::take(&e.value).map(|value| Spanned::new(value, e.span));
        Some(elements.iter().filter_map(one).collect())
    }
}

/// A block or clause as it is written, with what could be read of it. What could not be read is not there, and was told.
#[derive(Debug)]
pub struct Filled<'a> {
    /// What it is.
    pub block: &'static Block,
    /// Its word and operands.
    pub span: Span,
    /// All of it.
    pub statement: &'a Statement,
    pub(super) data: BTreeMap<&'static str, Spanned<Data>>,
    pub(super) open: BTreeMap<&'static str, &'a [Operand]>,
    /// What `each` is in it.
    pub(super) each: Option<Value>,
    pub(super) inner: Vec<Filled<'a>>,
}

impl<'a> Filled<'a> {
    /// The value of an attribute or of a piece of the head.
    pub fn value<T: Take>(&self, name: &str) -> Option<T> {
        self.data.get(name).and_then(|d| T::take(&d.value))
    }

    /// The same with its place.
    pub fn spanned<T: Take>(&self, name: &str) -> Option<Spanned<T>> {
        let data = self.data.get(name)?;
        T::take(&data.value).map(|value| Spanned::new(value, data.span))
    }

    /// A list of names and where they are used; empty where it is not written.
    pub fn uses(&self, name: &str) -> Vec<Use> {
        self.value(name).unwrap_or_default()
    }

    /// The operands of an open piece of the head.
    pub fn operands(&self, name: &str) -> &'a [Operand] {
        self.open.get(name).copied().unwrap_or_default()
    }

    /// The blocks and clauses of that word in its body, in order.
    pub fn each<'f>(&'f self, word: &'f str) -> impl Iterator<Item = &'f Filled<'a>> {
        self.inner.iter().filter(move |f| f.block.word == word)
    }

    /// The first block or clause of that word in its body.
    pub fn first(&self, word: &str) -> Option<&Filled<'a>> {
        self.inner.iter().find(|f| f.block.word == word)
    }

    /// All names of a clause that may be written several times: `reads a, b` and `reads c`.
    pub fn all_uses(&self, word: &str, name: &str) -> Vec<Use> {
        self.each(word).flat_map(|f| f.uses(name)).collect()
    }

    /// The name that it declares.
    pub fn name(&self) -> Option<Name> {
        self.value("name")
    }
}
