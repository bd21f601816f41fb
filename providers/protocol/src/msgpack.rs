//! Values as MessagePack, as Terraform writes and reads them: an object has every attribute of its type, a number that is no 64-bit
//! integer and no exact double is its decimal text, and what is not known is an extension. Format: `tfplugin.md` 2.2, which says
//! what `go-cty` does.

use std::collections::BTreeMap;
use std::sync::Arc;

use rmp::Marker;
use rmp::decode::{RmpRead, ValueReadError, read_marker};
use rmp::encode as put;
use situs_value::path::Step;
use situs_value::value::Map;
use situs_value::{Number, ObjectType, Refinements, Type, Unknown, Value};

use crate::{DEPTH, Wrong, normal};

/// The type of the extension that is an unknown value of which something is known.
const REFINED: i8 = 12;
/// A longer prefix says nothing that anybody needs.
const LONGEST_PREFIX: usize = 256;

/// A value of a type as bytes. Marks are not written.
pub fn encode(value: &Value, ty: &Type) -> Result<Vec<u8>, Wrong> {
    let mut out = Vec::with_capacity(64);
    write(&mut out, value, ty)?;
    Ok(out)
}

/// The value of a type that bytes stand for.
pub fn decode(bytes: &[u8], ty: &Type) -> Result<Value, Wrong> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value(ty)?;
    match reader.rest.is_empty() {
        true => Ok(value),
        false => Err(Wrong::new("there are bytes after the value")),
    }
}

/// Writing into memory does not fail.
#[expect(clippy::needless_pass_by_value, reason = "nothing of it is of use to anybody")]
fn sure<T, E>(result: Result<T, E>) {
    debug_assert!(result.is_ok());
}

fn length(of: usize) -> Result<u32, Wrong> {
    u32::try_from(of).map_err(|_| Wrong::new("it is longer than the wire can say"))
}

fn write(out: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), Wrong> {
    match (value, ty) {
        (Value::Marked(_, inner), _) => write(out, inner, ty),
        (Value::Null, _) => {
            out.push(Marker::Null.to_u8());
            Ok(())
        }
        (Value::Unknown(unknown), _) => write_unknown(out, unknown, ty),
        (_, Type::Dynamic) => write_dynamic(out, value, &value.type_of()),
        (Value::Bool(b), Type::Bool) => {
            sure(put::write_bool(out, *b));
            Ok(())
        }
        (Value::Number(n), Type::Number) => {
            write_number(out, n);
            Ok(())
        }
        (Value::String(text), Type::String) => write_text(out, text),
        // The peers know neither quantities nor dates: they are texts there.
        (Value::Quantity(q), Type::String | Type::Quantity(_)) => write_text(out, &q.to_string()),
        (Value::Date(d), Type::String | Type::Date) => write_text(out, &d.to_string()),
        (Value::List(e) | Value::Tuple(e) | Value::Set(e), Type::List(of) | Type::Set(of)) => {
            sure(put::write_array_len(out, length(e.len())?));
            let mut parts = e.iter().enumerate();
            parts.try_for_each(|(i, v)| write(out, v, of).map_err(|w| w.within(|| Step::Index(i))))
        }
        (Value::Tuple(e) | Value::List(e), Type::Tuple(of)) if e.len() == of.len() => {
            sure(put::write_array_len(out, length(e.len())?));
            let mut parts = e.iter().zip(of.iter()).enumerate();
            parts.try_for_each(|(i, (v, of))| write(out, v, of).map_err(|w| w.within(|| Step::Index(i))))
        }
        (Value::Map(m) | Value::Object(m), Type::Map(of)) => write_map(out, m, of),
        (Value::Object(m) | Value::Map(m), Type::Object(of)) => write_object(out, m, of),
        _ => Err(Wrong::new(format!(
            "{} is expected, and this is {}",
            ty.friendly(),
            value.friendly()
        ))),
    }
}

fn write_dynamic(out: &mut Vec<u8>, value: &Value, ty: &Type) -> Result<(), Wrong> {
    let ty_json = serde_json::to_vec(&crate::schema::foreign(ty)).unwrap_or_default();
    sure(put::write_array_len(out, 2));
    sure(put::write_bin(out, &ty_json));
    write(out, value, ty)
}

fn write_text(out: &mut Vec<u8>, text: &str) -> Result<(), Wrong> {
    length(text.len())?;
    sure(put::write_str(out, &normal(text)));
    Ok(())
}

fn write_number(out: &mut Vec<u8>, number: &Number) {
    if let Some(small) = number.to_i64() {
        sure(put::write_sint(out, small));
        return;
    }
    let text = number.to_string();
    match exact_double(&text) {
        Some(double) => sure(put::write_f64(out, double)),
        None => sure(put::write_str(out, &text)),
    }
}

/// The double that is this fraction and no other. A fraction of powers of two ends in a 5.
fn exact_double(text: &str) -> Option<f64> {
    if !(text.contains('.') && text.ends_with('5')) {
        return None;
    }
    let double: f64 = text.parse().ok()?;
    let digits = format!("{double:.1080}");
    (digits.trim_end_matches('0') == text).then_some(double)
}

fn write_map(out: &mut Vec<u8>, map: &Map, of: &Type) -> Result<(), Wrong> {
    sure(put::write_map_len(out, length(map.len())?));
    for (key, value) in map {
        write_text(out, key)?;
        write(out, value, of).map_err(|w| w.within(|| Step::Key(key.clone())))?;
    }
    Ok(())
}

fn write_object(out: &mut Vec<u8>, map: &Map, of: &ObjectType) -> Result<(), Wrong> {
    if let Some(other) = map.keys().find(|name| !of.attributes.contains_key(*name)) {
        return Err(Wrong::new(format!("there is no attribute `{other}`")));
    }
    sure(put::write_map_len(out, length(of.attributes.len())?));
    for (name, ty) in &of.attributes {
        write_text(out, name)?;
        let value = map.get(name).unwrap_or(&Value::Null);
        write(out, value, ty).map_err(|w| w.within(|| Step::Attr(name.clone())))?;
    }
    Ok(())
}

fn write_unknown(out: &mut Vec<u8>, unknown: &Unknown, ty: &Type) -> Result<(), Wrong> {
    if *ty == Type::Dynamic && unknown.ty != Type::Dynamic {
        return write_dynamic(out, &Value::Unknown(Arc::new(unknown.clone())), &unknown.ty);
    }
    let refinements = &unknown.refinements;
    if *refinements == Refinements::default() || *ty == Type::Dynamic {
        sure(put::write_ext_meta(out, 1, 0));
        out.push(0);
        return Ok(());
    }
    let body = refined(refinements);
    sure(put::write_ext_meta(out, length(body.len())?, REFINED));
    out.extend_from_slice(&body);
    Ok(())
}

/// What is known of an unknown value: 1 is whether it may be null, 2 how its text starts, 3 the least number.
fn refined(refinements: &Refinements) -> Vec<u8> {
    let prefix = refinements.prefix.as_deref().map(safe_prefix).filter(|p| !p.is_empty());
    let entries = [refinements.not_null, prefix.is_some(), refinements.least.is_some()];
    let mut body = Vec::new();
    let count = entries.iter().filter(|there| **there).count();
    sure(put::write_map_len(&mut body, u32::try_from(count).unwrap_or(0)));
    if refinements.not_null {
        sure(put::write_uint(&mut body, 1));
        sure(put::write_bool(&mut body, false));
    }
    if let Some(prefix) = prefix {
        sure(put::write_uint(&mut body, 2));
        sure(put::write_str(&mut body, &prefix));
    }
    if let Some(least) = refinements.least {
        sure(put::write_uint(&mut body, 3));
        sure(put::write_array_len(&mut body, 2));
        write_number(&mut body, &Number::from(least));
        sure(put::write_bool(&mut body, true));
    }
    body
}

/// As much of a prefix as whatever follows cannot change: a last letter may still take an accent.
fn safe_prefix(prefix: &str) -> String {
    let mut prefix = normal(prefix).into_owned();
    while prefix.len() > LONGEST_PREFIX {
        prefix.pop();
    }
    if prefix
        .chars()
        .last()
        .is_some_and(|last| !last.is_ascii_punctuation() && last != ' ')
    {
        prefix.pop();
    }
    prefix
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

/// What an item is, before its contents.
enum Item {
    Nil,
    Bool(bool),
    Int(Number),
    Double(f64),
    Text(String),
    Bytes(Vec<u8>),
    Array(usize),
    Map(usize),
    Ext(i8, Vec<u8>),
}

impl Item {
    fn friendly(&self) -> &'static str {
        match self {
            Item::Nil => "null",
            Item::Bool(_) => "a bool",
            Item::Int(_) | Item::Double(_) => "a number",
            Item::Text(_) => "a string",
            Item::Bytes(_) => "bytes",
            Item::Array(_) => "an array",
            Item::Map(_) => "a map",
            Item::Ext(..) => "an extension",
        }
    }
}

impl Reader<'_> {
    fn value(&mut self, ty: &Type) -> Result<Value, Wrong> {
        if self.depth == DEPTH {
            return Err(Wrong::new(format!("it is nested deeper than {DEPTH} levels")));
        }
        self.depth += 1;
        let value = self.value_of(ty);
        self.depth -= 1;
        value
    }

    fn value_of(&mut self, ty: &Type) -> Result<Value, Wrong> {
        match (self.item()?, ty) {
            (Item::Nil, _) => Ok(Value::Null),
            (Item::Ext(kind, body), _) => unknown(kind, &body, ty),
            (Item::Array(2), Type::Dynamic) => self.dynamic(),
            (Item::Bool(b), Type::Bool) => Ok(Value::Bool(b)),
            (Item::Int(n), Type::Number) => Ok(Value::Number(n)),
            (Item::Double(d), Type::Number) => double(d),
            (Item::Text(text), Type::Number) => Number::parse(&text)
                .map(Value::Number)
                .map_err(|_| Wrong::new("a number is expected, and this text is none")),
            (Item::Text(text), Type::String) => Ok(Value::string(normal(&text))),
            (Item::Text(text), Type::Quantity(_) | Type::Date) => {
                situs_value::convert(&Value::from(text), ty).map_err(|e| Wrong::new(e.message))
            }
            (Item::Array(n), Type::List(of)) => self.elements(n, |_| of).map(Value::list),
            (Item::Array(n), Type::Set(of)) => self.elements(n, |_| of).map(Value::set),
            (Item::Array(n), Type::Tuple(of)) if n == of.len() => self
                .elements(n, |i| of.get(i).unwrap_or(&Type::Dynamic))
                .map(Value::tuple),
            (Item::Map(n), Type::Map(of)) => self.map(n, of),
            (Item::Map(n), Type::Object(of)) => self.object(n, of),
            (other, _) => Err(Wrong::new(format!(
                "{} is expected, and this is {}",
                ty.friendly(),
                other.friendly()
            ))),
        }
    }

    fn dynamic(&mut self) -> Result<Value, Wrong> {
        let ty = match self.item()? {
            Item::Bytes(bytes) => bytes,
            Item::Text(text) => text.into_bytes(),
            _ => return Err(Wrong::new("a value of any type must come with its type")),
        };
        let ty: Type = serde_json::from_slice(&ty).map_err(|e| Wrong::new(format!("its type is none: {e}")))?;
        self.value(&ty)
    }

    fn elements<'t>(&mut self, count: usize, ty: impl Fn(usize) -> &'t Type) -> Result<Vec<Value>, Wrong> {
        let one = |i| self.value(ty(i)).map_err(|w| w.within(|| Step::Index(i)));
        (0..count).map(one).collect()
    }

    fn map(&mut self, count: usize, of: &Type) -> Result<Value, Wrong> {
        let mut map = BTreeMap::new();
        for _ in 0..count {
            let key = self.key()?;
            let value = self.value(of).map_err(|w| w.within(|| Step::Key(key.clone())))?;
            map.insert(key, value);
        }
        Ok(Value::Map(Arc::new(map)))
    }

    fn object(&mut self, count: usize, of: &ObjectType) -> Result<Value, Wrong> {
        let mut map = BTreeMap::new();
        for _ in 0..count {
            let key = self.key()?;
            let Some((name, ty)) = of.attributes.get_key_value(&key) else {
                return Err(Wrong::new(format!("there is no attribute `{key}`")));
            };
            let value = self.value(ty).map_err(|w| w.within(|| Step::Attr(name.clone())))?;
            map.insert(name.clone(), value);
        }
        match of.attributes.keys().find(|name| !map.contains_key(*name)) {
            Some(missing) => Err(Wrong::new(format!("the attribute `{missing}` is missing"))),
            None => Ok(Value::Object(Arc::new(map))),
        }
    }

    fn key(&mut self) -> Result<Arc<str>, Wrong> {
        match self.item()? {
            Item::Text(text) => Ok(Arc::from(normal(&text))),
            other => Err(Wrong::new(format!(
                "a key is a string, and this is {}",
                other.friendly()
            ))),
        }
    }

    fn item(&mut self) -> Result<Item, Wrong> {
        let marker = read_marker(&mut self.rest).map_err(|e| cut(&ValueReadError::from(e)))?;
        let rest = &mut self.rest;
        Ok(match marker {
            Marker::Null => Item::Nil,
            Marker::True => Item::Bool(true),
            Marker::False => Item::Bool(false),
            Marker::FixPos(n) => Item::Int(i64::from(n).into()),
            Marker::FixNeg(n) => Item::Int(i64::from(n).into()),
            Marker::U8 => Item::Int(i64::from(rest.read_data_u8().map_err(|e| cut(&e))?).into()),
            Marker::U16 => Item::Int(i64::from(rest.read_data_u16().map_err(|e| cut(&e))?).into()),
            Marker::U32 => Item::Int(i64::from(rest.read_data_u32().map_err(|e| cut(&e))?).into()),
            Marker::U64 => Item::Int(rest.read_data_u64().map_err(|e| cut(&e))?.into()),
            Marker::I8 => Item::Int(i64::from(rest.read_data_i8().map_err(|e| cut(&e))?).into()),
            Marker::I16 => Item::Int(i64::from(rest.read_data_i16().map_err(|e| cut(&e))?).into()),
            Marker::I32 => Item::Int(i64::from(rest.read_data_i32().map_err(|e| cut(&e))?).into()),
            Marker::I64 => Item::Int(rest.read_data_i64().map_err(|e| cut(&e))?.into()),
            Marker::F32 => Item::Double(f64::from(rest.read_data_f32().map_err(|e| cut(&e))?)),
            Marker::F64 => Item::Double(rest.read_data_f64().map_err(|e| cut(&e))?),
            Marker::FixArray(n) => Item::Array(n.into()),
            Marker::FixMap(n) => Item::Map(n.into()),
            Marker::FixStr(n) => self.text(n.into())?,
            Marker::Array16 | Marker::Array32 => Item::Array(self.size(marker)?),
            Marker::Map16 | Marker::Map32 => Item::Map(self.size(marker)?),
            Marker::Str8 | Marker::Str16 | Marker::Str32 => {
                let size = self.size(marker)?;
                self.text(size)?
            }
            Marker::Bin8 | Marker::Bin16 | Marker::Bin32 => {
                let size = self.size(marker)?;
                Item::Bytes(self.bytes(size)?.to_vec())
            }
            Marker::FixExt1 => self.extension(1)?,
            Marker::FixExt2 => self.extension(2)?,
            Marker::FixExt4 => self.extension(4)?,
            Marker::FixExt8 => self.extension(8)?,
            Marker::FixExt16 => self.extension(16)?,
            Marker::Ext8 | Marker::Ext16 | Marker::Ext32 => {
                let size = self.size(marker)?;
                self.extension(size)?
            }
            Marker::Reserved => return Err(Wrong::new("the byte c1 stands for nothing")),
        })
    }

    /// How long what follows is; its marker says how many bytes that number has.
    fn size(&mut self, marker: Marker) -> Result<usize, Wrong> {
        let rest = &mut self.rest;
        let size = match marker {
            Marker::Str8 | Marker::Bin8 | Marker::Ext8 => rest.read_data_u8().map(u32::from),
            Marker::Str16 | Marker::Bin16 | Marker::Ext16 | Marker::Array16 | Marker::Map16 => {
                rest.read_data_u16().map(u32::from)
            }
            _ => rest.read_data_u32(),
        };
        let size = size.map_err(|e| cut(&e))?;
        usize::try_from(size).map_err(|_| Wrong::new("it is too long"))
    }

    fn bytes(&mut self, count: usize) -> Result<&[u8], Wrong> {
        let (bytes, rest) = self.rest.split_at_checked(count).ok_or_else(ended)?;
        self.rest = rest;
        Ok(bytes)
    }

    fn text(&mut self, count: usize) -> Result<Item, Wrong> {
        let bytes = self.bytes(count)?.to_vec();
        let text = String::from_utf8(bytes).map_err(|_| Wrong::new("a string is not UTF-8"))?;
        Ok(Item::Text(text))
    }

    fn extension(&mut self, count: usize) -> Result<Item, Wrong> {
        let [kind, ..] = *self.bytes(1)? else {
            return Err(ended());
        };
        Ok(Item::Ext(kind.cast_signed(), self.bytes(count)?.to_vec()))
    }
}

fn ended() -> Wrong {
    Wrong::new("the bytes end in the middle of a value")
}

fn cut<E>(_: &ValueReadError<E>) -> Wrong
where
    E: rmp::decode::RmpReadErr,
{
    ended()
}

/// The shortest decimal that is this double: what the peers write into states too.
fn double(double: f64) -> Result<Value, Wrong> {
    let number = Number::parse(&double.to_string());
    number
        .map(Value::Number)
        .map_err(|_| Wrong::new("a number is expected, and this is none that ends"))
}

fn unknown(kind: i8, body: &[u8], ty: &Type) -> Result<Value, Wrong> {
    let refinements = match (kind, body.len()) {
        (_, ..=1) => Refinements::default(),
        (REFINED, _) => read_refined(body)?,
        _ => {
            return Err(Wrong::new(format!(
                "an extension of type {kind} is none that is known here"
            )));
        }
    };
    Ok(Value::Unknown(Arc::new(Unknown {
        ty: ty.clone(),
        refinements,
    })))
}

/// What is known of an unknown value, as far as it is of use here; the rest is passed over.
fn read_refined(body: &[u8]) -> Result<Refinements, Wrong> {
    let mut reader = Reader { rest: body, depth: 0 };
    let Item::Map(count) = reader.item()? else {
        return Err(Wrong::new("what is known of an unknown value is a map"));
    };
    let mut refinements = Refinements::default();
    for _ in 0..count {
        match (reader.item()?, reader.item()?) {
            (Item::Int(key), Item::Bool(nullable)) if key == Number::ONE => refinements.not_null = !nullable,
            (Item::Int(key), Item::Text(prefix)) if key == 2i64.into() => refinements.prefix = Some(prefix.into()),
            (Item::Int(key), Item::Array(2)) => {
                let (bound, _inclusive) = (reader.value(&Type::Number)?, reader.item()?);
                if key == 3i64.into() {
                    refinements.least = bound.as_number().and_then(Number::to_u64);
                }
            }
            (Item::Int(_), Item::Int(_)) => {}
            _ => return Ok(refinements),
        }
    }
    Ok(refinements)
}
