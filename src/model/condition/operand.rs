//! What is a value of metadata compared with, and which comes first?

use std::cmp::Ordering;

use serde::Serialize;

use crate::error::{Error, Result};
use crate::model::Timestamp;

/// What a value of metadata is compared with. Made from strings, numbers, booleans and moments by itself.
///
/// ```
/// use mindkeep::{Operand, Where};
/// assert_eq!(Operand::from("failed"), Operand::Text("failed".into()));
/// assert_eq!(Where::eq("retries", 3), Where::eq("retries", Operand::Integer(3)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub enum Operand {
    /// A string.
    Text(String),
    /// A whole number.
    Integer(i64),
    /// Any number; finite.
    Number(f64),
    /// True or false; false comes first.
    Boolean(bool),
    /// A moment: compared with RFC 3339 strings, dates, and whole numbers of milliseconds since 1970 UTC.
    Time(Timestamp),
}

impl Operand {
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Number(number) if !number.is_finite() => {
                Err(Error::invalid("where", "has a number that is not finite"))
            }
            Self::Text(text) if text.contains('\0') => {
                Err(Error::invalid("where", "has a string with a NUL character"))
            }
            _ => Ok(()),
        }
    }
}

macro_rules! operands {
    ($($type:ty: $value:ident => $operand:expr;)*) => {$(
        impl From<$type> for Operand {
            fn from($value: $type) -> Self {
                $operand
            }
        }
    )*};
}

operands! {
    &str: text => Self::Text(text.to_owned());
    &String: text => Self::Text(text.clone());
    String: text => Self::Text(text);
    i64: number => Self::Integer(number);
    i32: number => Self::Integer(number.into());
    u32: number => Self::Integer(number.into());
    f64: number => Self::Number(number);
    bool: value => Self::Boolean(value);
    Timestamp: time => Self::Time(time);
}

/// A number as it stands in JSON.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Number {
    Whole(i64),
    Real(f64),
}

impl Number {
    /// Exactly, as SQLite compares its integers and reals.
    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(a), Self::Whole(b)) => a.cmp(&b),
            (Self::Real(a), Self::Real(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Self::Whole(a), Self::Real(b)) => whole_and_real(a, b),
            (Self::Real(a), Self::Whole(b)) => whole_and_real(b, a).reverse(),
        }
    }

    /// The number without a fraction that is the same, if there is one.
    pub(crate) fn whole(self) -> Option<i64> {
        match self {
            Self::Whole(number) => Some(number),
            Self::Real(number) if number.fract() == 0.0 && (-TWO_63..TWO_63).contains(&number) => {
                Some(number as i64)
            }
            Self::Real(_) => None,
        }
    }
}

const TWO_63: f64 = 9_223_372_036_854_775_808.0;

fn whole_and_real(whole: i64, real: f64) -> Ordering {
    if real >= TWO_63 {
        return Ordering::Less;
    }
    if real < -TWO_63 {
        return Ordering::Greater;
    }
    // What the conversion cuts off decides among equals.
    whole.cmp(&(real as i64)).then_with(|| 0.0_f64.partial_cmp(&real.fract()).unwrap_or(Ordering::Equal))
}

/// The number that a piece of JSON is, within the range of a double: nobody writes others, but who edits the file by hand.
pub(crate) fn number_in(raw: &str) -> Option<Number> {
    if !raw.starts_with(|c: char| c == '-' || c.is_ascii_digit()) {
        return None;
    }
    let real = || raw.parse().ok().filter(|real: &f64| real.is_finite()).map(Number::Real);
    raw.parse().map(Number::Whole).ok().or_else(real)
}

/// The moment that a string or a number of metadata stands for, in milliseconds since 1970 UTC.
pub(crate) fn time_in(text: Option<&str>, number: Option<Number>) -> Option<i64> {
    match text {
        Some(text) => Timestamp::read(text).map(Timestamp::as_millis),
        None => number.and_then(Number::whole).filter(|ms| Timestamp::from_millis(*ms).is_ok()),
    }
}
