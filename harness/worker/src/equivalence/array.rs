//! Elements of arrays.

use std::borrow::Cow;

use super::calendar::{civil, nanoseconds};
use super::text;
use super::value::{Array, BigInt, Data, Instant, Scalar, Value};

/// How the elements of an array lie in memory.
#[derive(Debug, Clone, Copy)]
pub(super) struct Layout<'a> {
    array: &'a Array,
    kind: Kind,
    size: usize,
    unit: &'a str,
}

/// What raw elements are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Bool,
    Signed,
    Unsigned,
    Float,
    Complex,
    Time,
    Span,
    Bytes,
    Text,
    Void,
}

impl<'a> Layout<'a> {
    /// Reads NumPy's type string.
    pub(super) fn of(array: &'a Array) -> Self {
        let code = array.dtype.trim_start_matches(['<', '>', '|', '=']);
        let kind = match code.bytes().next() {
            Some(b'b') => Kind::Bool,
            Some(b'i') => Kind::Signed,
            Some(b'u') => Kind::Unsigned,
            Some(b'f') => Kind::Float,
            Some(b'c') => Kind::Complex,
            Some(b'M') => Kind::Time,
            Some(b'm') => Kind::Span,
            Some(b'S') => Kind::Bytes,
            Some(b'U') => Kind::Text,
            _ => Kind::Void,
        };
        let (width, unit) = code.get(1..).unwrap_or("").split_once('[').unwrap_or((code.get(1..).unwrap_or(""), ""));
        let width = width.parse().unwrap_or(1);
        let size = if kind == Kind::Text { width * 4 } else { width };
        Self { array, kind, size, unit: unit.trim_end_matches(']') }
    }

    /// How many elements there are.
    pub(super) fn length(&self) -> usize {
        match &self.array.data {
            Data::Items(items) => items.len(),
            Data::Raw(bytes) => bytes.len().checked_div(self.size).unwrap_or(0),
            Data::Fields(_) => 0,
        }
    }

    /// The bytes of one element, where elements are raw.
    pub(super) fn raw(&self, index: usize) -> Option<&'a [u8]> {
        let Data::Raw(bytes) = &self.array.data else { return None };
        bytes.get(index * self.size..(index + 1) * self.size)
    }

    /// One element; `None` beyond the end.
    pub(super) fn element(&self, index: usize) -> Cow<'a, Value> {
        match (&self.array.data, self.raw(index)) {
            (Data::Items(items), _) => items.get(index).map_or(Cow::Owned(Value::None), Cow::Borrowed),
            (_, Some(bytes)) => Cow::Owned(self.decode(bytes)),
            _ => Cow::Owned(Value::None),
        }
    }

    fn decode(&self, bytes: &[u8]) -> Value {
        match self.kind {
            Kind::Bool => Value::Bool(bytes != [0]),
            Kind::Signed => Value::Int(signed(bytes)),
            Kind::Unsigned => unsigned(bytes),
            Kind::Float => Value::Float(float(bytes)),
            Kind::Complex => {
                let (real, imaginary) = bytes.split_at(bytes.len() / 2);
                Value::Complex(float(real), float(imaginary))
            }
            Kind::Time | Kind::Span => self.moment(signed(bytes)),
            Kind::Bytes => Value::Bytes(trimmed(bytes).into()),
            Kind::Text => Value::Str(ucs4(bytes).into()),
            Kind::Void => Value::Bytes(bytes.into()),
        }
    }

    /// An element of `datetime64` or `timedelta64`.
    fn moment(&self, count: i64) -> Value {
        let span = self.kind == Kind::Span;
        let type_name = if span { "numpy.timedelta64" } else { "numpy.datetime64" }.to_owned();
        if count == i64::MIN {
            return Value::Scalar(Box::new(Scalar { type_name, text: "NaT".into(), instant: None }));
        }
        let nanoseconds = nanoseconds(count, self.unit, span);
        let text = match nanoseconds {
            Some(time) if !span => civil(time),
            _ => format!("{count} {}", self.unit),
        };
        let instant = nanoseconds.map(if span { Instant::Span } else { Instant::Naive });
        Value::Scalar(Box::new(Scalar { type_name, text, instant }))
    }

    /// Hands over raw elements with all NaN made one and both zeros made one.
    pub(super) fn normalised(&self, bytes: &[u8], mut put: impl FnMut(&[u8])) {
        let part = match self.kind {
            Kind::Float => self.size,
            Kind::Complex => self.size / 2,
            _ => return put(bytes),
        };
        let mut chunk = Vec::with_capacity(CHUNK);
        for block in bytes.chunks(CHUNK) {
            chunk.clear();
            chunk.extend_from_slice(block);
            match part {
                8 => normalise(&mut chunk, f64::from_ne_bytes),
                4 => normalise(&mut chunk, |part| f32::from_ne_bytes(part).into()),
                _ => normalise(&mut chunk, |part| half(u16::from_ne_bytes(part))),
            }
            put(&chunk);
        }
    }
}

/// A multiple of all sizes of floats.
const CHUNK: usize = 1 << 14;

fn normalise<const N: usize>(chunk: &mut [u8], read: impl Fn([u8; N]) -> f64) {
    for part in chunk.as_chunks_mut::<N>().0 {
        let float = read(*part);
        if float == 0.0 {
            part.fill(0);
        } else if float.is_nan() {
            part.fill(0xFF);
        }
    }
}

/// NumPy's short name of a type, `float64` for `<f8`; others as they are.
pub(super) fn dtype_name(dtype: &str) -> Cow<'_, str> {
    let code = dtype.trim_start_matches(['<', '|']);
    let Some(Ok(bytes)) = code.get(1..).map(str::parse::<usize>) else { return Cow::Borrowed(dtype) };
    match code.as_bytes()[0] {
        b'b' => Cow::Borrowed("bool"),
        b'i' => Cow::Owned(format!("int{}", bytes * 8)),
        b'u' => Cow::Owned(format!("uint{}", bytes * 8)),
        b'f' => Cow::Owned(format!("float{}", bytes * 8)),
        b'c' => Cow::Owned(format!("complex{}", bytes * 8)),
        _ => Cow::Borrowed(dtype),
    }
}

fn signed(bytes: &[u8]) -> i64 {
    match *bytes {
        [a] => i64::from(a as i8),
        [a, b] => i64::from(i16::from_ne_bytes([a, b])),
        [a, b, c, d] => i64::from(i32::from_ne_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => i64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        _ => 0,
    }
}

fn unsigned(bytes: &[u8]) -> Value {
    let number = match *bytes {
        [a, b, c, d, e, f, g, h] => u64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        [a, b, c, d] => u64::from(u32::from_ne_bytes([a, b, c, d])),
        [a, b] => u64::from(u16::from_ne_bytes([a, b])),
        [a] => u64::from(a),
        _ => 0,
    };
    i64::try_from(number).map_or_else(
        |_| Value::BigInt(BigInt { negative: false, magnitude: number.to_be_bytes().as_slice().into() }),
        Value::Int,
    )
}

fn float(bytes: &[u8]) -> f64 {
    match *bytes {
        [a, b] => half(u16::from_ne_bytes([a, b])),
        [a, b, c, d] => f64::from(f32::from_ne_bytes([a, b, c, d])),
        [a, b, c, d, e, f, g, h] => f64::from_ne_bytes([a, b, c, d, e, f, g, h]),
        _ => f64::NAN,
    }
}

/// IEEE 754 binary16.
fn half(bits: u16) -> f64 {
    let fraction = f64::from(bits & 0x3FF);
    let magnitude = match bits >> 10 & 0x1F {
        0 => fraction * 2_f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        exponent => (1024.0 + fraction) * 2_f64.powi(i32::from(exponent) - 25),
    };
    if bits >> 15 == 1 { -magnitude } else { magnitude }
}

/// Without the zeros that pad it.
fn trimmed(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn ucs4(bytes: &[u8]) -> Vec<u8> {
    let points = bytes.as_chunks::<4>().0.iter().map(|point| u32::from_ne_bytes(*point)).collect::<Vec<_>>();
    let end = points.iter().rposition(|&point| point != 0).map_or(0, |last| last + 1);
    let mut encoded = Vec::with_capacity(end);
    points[..end].iter().for_each(|&point| text::push(&mut encoded, point));
    encoded
}
