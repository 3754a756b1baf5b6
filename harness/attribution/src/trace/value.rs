//! Values that tools write in more than one way: ids, times, texts.

use std::borrow::Cow;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::marker::PhantomData;

use serde::de::{self, Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A text; a number stands for its digits, null for nothing.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Text<'a>(pub(super) Cow<'a, str>);

/// A text if there is one, whatever else there may be.
#[derive(Debug, Default)]
pub(super) struct MaybeText<'a>(pub(super) Option<Cow<'a, str>>);

/// An id of a trace or span, `None` for an empty one or one of zeros.
///
/// Hexadecimal in JSON of OpenTelemetry and Jaeger, base64 where protobuf's own JSON mapping was used. Ids are only
/// told apart, so one of another kind is as good: it is hashed.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(pub(super) Option<u128>);

impl Id {
    /// The id of a span, which has 64 bits.
    pub(super) fn span(self) -> Option<u64> {
        self.0.map(|id| (id as u64) ^ (id >> 64) as u64).filter(|id| *id != 0)
    }

    /// Reads what stands for an id of so many bytes.
    pub(super) fn parse(text: &str) -> Self {
        let id = if text.is_empty() {
            0
        } else if let Some(id) = hexadecimal(text) {
            id
        } else if let Some(id) = base64(text) {
            id
        } else {
            u128::from(hash(text))
        };
        Self((id != 0).then_some(id))
    }
}

/// Up to 32 hexadecimal digits.
fn hexadecimal(text: &str) -> Option<u128> {
    if text.len() > 32 {
        return None;
    }
    text.bytes().try_fold(0, |id: u128, byte| Some(id << 4 | u128::from((byte as char).to_digit(16)?)))
}

/// Eight or sixteen bytes.
fn base64(text: &str) -> Option<u128> {
    let digits = match text.as_bytes() {
        [digits @ .., b'='] if digits.len() == 11 => digits,
        [digits @ .., b'=', b'='] if digits.len() == 22 => digits,
        _ => return None,
    };
    // The last digit holds fewer than six bits.
    let surplus = digits.len() * 6 % 8;
    let (last, first) = digits.split_last()?;
    let id = first.iter().try_fold(0, |id: u128, byte| Some(id << 6 | u128::from(sextet(*byte)?)))?;
    Some(id << (6 - surplus) | u128::from(sextet(*last)? >> surplus))
}

fn sextet(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

/// The same in every run: results don't depend on the process that made them.
pub(super) fn hash(value: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

/// The value of a tag, as far as it is looked at.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) enum TagValue<'a> {
    Truth(bool),
    Text(Cow<'a, str>),
    Number(f64),
    #[default]
    Other,
}

impl TagValue<'_> {
    /// Whether it says that there was an error: true, or a text that means it.
    pub(super) fn is_failure(&self) -> bool {
        matches!(self, Self::Truth(true)) || matches!(self, Self::Text(text) if matches!(&text[..], "true" | "ERROR"))
    }

    /// The number that it is, or is a text of.
    pub(super) fn number(&self) -> Option<f64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Text(text) => text.parse().ok(),
            _ => None,
        }
    }

    pub(super) fn is_text(&self, expected: &str) -> bool {
        matches!(self, Self::Text(text) if text == expected)
    }
}

/// Numbers from here on have more than 64 bits, which no format's times have.
const BEYOND_64_BITS: f64 = 18_446_744_073_709_551_616.0;

/// A whole number of up to 64 bits, or a text of one. One that is out of range is `None`.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Whole(pub(super) Option<i64>);

/// Microseconds as nanoseconds; `None` for what is out of range.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Micros(pub(super) Option<i64>);

impl Micros {
    /// Nearest, of what isn't a whole number; `None` beyond 64 bits.
    fn of(micros: f64) -> Option<Self> {
        let nanos = (micros * 1e3).round();
        // Beyond it neither sums nor differences of two are in range.
        (micros.abs() < BEYOND_64_BITS).then(|| Self((nanos.abs() < 4e18).then_some(nanos as i64)))
    }

    fn of_whole(micros: i64) -> Self {
        Self(micros.checked_mul(1000).filter(|nanos| nanos.abs() < 4_000_000_000_000_000_000))
    }
}

/// What a scalar of JSON is made to.
trait Scalar<'de>: Default {
    const EXPECTED: &'static str;

    fn text(text: Cow<'de, str>) -> Option<Self>;

    fn whole(number: i64) -> Option<Self>;

    fn number(number: f64) -> Option<Self>;

    /// A whole number beyond what `whole` takes.
    fn large(number: u64) -> Option<Self> {
        Self::number(number as f64)
    }

    fn other() -> Option<Self> {
        None
    }

    fn truth(_: bool) -> Option<Self> {
        Self::other()
    }
}

impl<'de> Scalar<'de> for Text<'de> {
    const EXPECTED: &'static str = "a text";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(text))
    }

    fn whole(number: i64) -> Option<Self> {
        Some(Self(number.to_string().into()))
    }

    fn number(number: f64) -> Option<Self> {
        Some(Self(number.to_string().into()))
    }
}

impl<'de> Scalar<'de> for MaybeText<'de> {
    const EXPECTED: &'static str = "anything";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self(Some(text)))
    }

    fn whole(_: i64) -> Option<Self> {
        Self::other()
    }

    fn number(_: f64) -> Option<Self> {
        Self::other()
    }

    fn other() -> Option<Self> {
        Some(Self(None))
    }
}

impl<'de> Scalar<'de> for Id {
    const EXPECTED: &'static str = "an id";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self::parse(&text))
    }

    fn whole(number: i64) -> Option<Self> {
        Some(Self((number != 0).then_some(u128::from(number as u64))))
    }

    fn number(_: f64) -> Option<Self> {
        None
    }
}

impl<'de> Scalar<'de> for TagValue<'de> {
    const EXPECTED: &'static str = "anything";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        Some(Self::Text(text))
    }

    fn whole(number: i64) -> Option<Self> {
        Some(Self::Number(number as f64))
    }

    fn number(number: f64) -> Option<Self> {
        Some(Self::Number(number))
    }

    fn other() -> Option<Self> {
        Some(Self::Other)
    }

    fn truth(is_true: bool) -> Option<Self> {
        Some(Self::Truth(is_true))
    }
}

impl<'de> Scalar<'de> for Whole {
    const EXPECTED: &'static str = "a whole number of up to 64 bits";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        match text.parse() {
            Ok(number) => Some(Self(Some(number))),
            Err(_) if text.is_empty() || text.parse::<u64>().is_ok() => Some(Self(None)),
            Err(_) => text.parse().ok().and_then(Self::number),
        }
    }

    fn whole(number: i64) -> Option<Self> {
        Some(Self(Some(number)))
    }

    fn number(number: f64) -> Option<Self> {
        (number.abs() < BEYOND_64_BITS).then(|| Self((number.abs() < 9e18).then_some(number as i64)))
    }

    fn large(_: u64) -> Option<Self> {
        Some(Self(None))
    }
}

impl<'de> Scalar<'de> for Micros {
    const EXPECTED: &'static str = "microseconds, a number of up to 64 bits";

    fn text(text: Cow<'de, str>) -> Option<Self> {
        text.parse().ok().map(Self::of_whole).or_else(|| text.parse().ok().and_then(Self::of))
    }

    fn whole(number: i64) -> Option<Self> {
        Some(Self::of_whole(number))
    }

    fn number(number: f64) -> Option<Self> {
        Self::of(number)
    }

    fn large(_: u64) -> Option<Self> {
        Some(Self(None))
    }
}

struct ScalarVisitor<S>(PhantomData<S>);

impl<'de, S: Scalar<'de>> ScalarVisitor<S> {
    fn made<E: de::Error>(made: Option<S>, of: de::Unexpected<'_>) -> Result<S, E> {
        made.ok_or_else(|| E::invalid_value(of, &S::EXPECTED))
    }
}

impl<'de, S: Scalar<'de>> Visitor<'de> for ScalarVisitor<S> {
    type Value = S;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(S::EXPECTED)
    }

    fn visit_borrowed_str<E: de::Error>(self, text: &'de str) -> Result<S, E> {
        Self::made(S::text(Cow::Borrowed(text)), de::Unexpected::Str(text))
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<S, E> {
        Self::made(S::text(Cow::Owned(text.to_owned())), de::Unexpected::Str(text))
    }

    fn visit_i64<E: de::Error>(self, number: i64) -> Result<S, E> {
        Self::made(S::whole(number), de::Unexpected::Signed(number))
    }

    fn visit_u64<E: de::Error>(self, number: u64) -> Result<S, E> {
        let made = i64::try_from(number).map_or_else(|_| S::large(number), S::whole);
        Self::made(made, de::Unexpected::Unsigned(number))
    }

    fn visit_f64<E: de::Error>(self, number: f64) -> Result<S, E> {
        Self::made(S::number(number), de::Unexpected::Float(number))
    }

    fn visit_unit<E: de::Error>(self) -> Result<S, E> {
        Ok(S::default())
    }

    fn visit_bool<E: de::Error>(self, is_true: bool) -> Result<S, E> {
        Self::made(S::truth(is_true), de::Unexpected::Bool(is_true))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<S, A::Error> {
        let made = S::other().ok_or_else(|| de::Error::invalid_type(de::Unexpected::Seq, &self))?;
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(made)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<S, A::Error> {
        let made = S::other().ok_or_else(|| de::Error::invalid_type(de::Unexpected::Map, &self))?;
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(made)
    }
}

macro_rules! deserialize {
    ($($scalar:ident $(<$lifetime:lifetime>)?),*) => {$(
        impl<'de $(: $lifetime, $lifetime)?> Deserialize<'de> for $scalar$(<$lifetime>)? {
            fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                from.deserialize_any(ScalarVisitor(PhantomData))
            }
        }
    )*};
}

deserialize!(Text<'a>, MaybeText<'a>, Id, TagValue<'a>, Whole, Micros);
