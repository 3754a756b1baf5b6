//! One sequence of bytes for each value, for hashing, sorting and finding.

use std::cmp::Ordering;

use super::array::Layout;
use super::number::{Canonical, Number};
use super::value::{Array, Column, Data, Frame, Instant, Scalar, Value};

/// Which values are to have the same encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sameness {
    /// Those of the same types and values, dicts in the same order.
    Exact,
    /// Those that Python calls equal.
    Value,
}

/// Takes bytes as they come.
pub(super) trait Sink {
    fn put(&mut self, bytes: &[u8]);
}

impl Sink for Vec<u8> {
    fn put(&mut self, bytes: &[u8]) {
        self.extend_from_slice(bytes);
    }
}

/// The encoding in memory.
pub(super) fn key(value: &Value, sameness: Sameness) -> Vec<u8> {
    let mut bytes = Vec::new();
    Encoder { sink: &mut bytes, sameness }.value(value);
    bytes
}

/// Puts the elements of a set into an order that only depends on what they are.
pub(super) fn sort(elements: &mut [Value]) {
    // Integers and texts alone need no encoding, which would take ten times as long.
    if elements.iter().all(|element| matches!(element, Value::Int(_))) {
        elements.sort_unstable_by_key(|element| if let Value::Int(integer) = element { *integer } else { 0 });
    } else if elements.iter().all(|element| matches!(element, Value::Str(_))) {
        elements.sort_unstable_by(|a, b| match (a, b) {
            (Value::Str(a), Value::Str(b)) => a.cmp(b),
            _ => Ordering::Equal,
        });
    } else {
        elements.sort_by_cached_key(|element| key(element, Sameness::Exact));
    }
}

/// Writes values into a sink, each self-delimiting: a tag, a length where there is one, the content.
pub(super) struct Encoder<'s, S: Sink> {
    pub(super) sink: &'s mut S,
    pub(super) sameness: Sameness,
}

impl<S: Sink> Encoder<'_, S> {
    pub(super) fn value(&mut self, value: &Value) {
        if self.sameness == Sameness::Value {
            if let Some(number) = Number::of(value) {
                return self.number(&number.canonical());
            }
            return self.plain(value.unwrapped());
        }
        self.plain(value);
    }

    fn plain(&mut self, value: &Value) {
        let loose = self.sameness == Sameness::Value;
        match value {
            Value::None => self.tag(b'N'),
            Value::Ellipsis => self.tag(b'E'),
            Value::Bool(truth) => self.tagged(b'b', &[u8::from(*truth)]),
            Value::Int(integer) => self.tagged(b'i', &integer.to_le_bytes()),
            Value::BigInt(integer) => {
                self.tagged(b'I', &[u8::from(integer.negative)]);
                self.bytes(&integer.magnitude);
            }
            Value::Float(float) => self.tagged(b'f', &normal(*float).to_le_bytes()),
            Value::Complex(real, imaginary) => {
                self.tagged(b'c', &normal(*real).to_le_bytes());
                self.sink.put(&normal(*imaginary).to_le_bytes());
            }
            Value::Str(text) => self.text(b's', text),
            Value::Bytes(bytes) => self.text(b'y', bytes),
            Value::ByteArray(bytes) => self.text(if loose { b'y' } else { b'Y' }, bytes),
            Value::List(elements) => self.sequence(b'l', elements),
            Value::Tuple(elements) => self.sequence(b't', elements),
            Value::Dict(pairs) => self.dict(pairs),
            Value::Set(elements) => self.set(b'm', elements),
            Value::FrozenSet(elements) => self.set(if loose { b'm' } else { b'M' }, elements),
            Value::Array(array) => self.array(array),
            Value::Frame(frame) => self.frame(frame),
            Value::File(file) => self.text(b'F', file.sha256.as_bytes()),
            Value::Named(name) => self.text(b'n', name.as_bytes()),
            Value::Scalar(scalar) => self.scalar(scalar),
            Value::Typed(typed) => {
                self.text(b'T', typed.type_name.as_bytes());
                self.value(&typed.value);
                self.fields(&typed.state);
            }
            Value::Object(object) => {
                self.text(b'o', object.type_name.as_bytes());
                self.fields(&object.state);
            }
            Value::Reduced(reduced) => {
                self.text(b'r', reduced.type_name.as_bytes());
                self.sequence(b't', &reduced.parts);
            }
            Value::Cycle(levels) => self.tagged(b'C', &levels.to_le_bytes()),
            // Why is left out: the text may hold an address.
            Value::Opaque(opaque) => self.text(b'?', opaque.type_name.as_bytes()),
        }
    }

    fn tag(&mut self, tag: u8) {
        self.sink.put(&[tag]);
    }

    fn tagged(&mut self, tag: u8, bytes: &[u8]) {
        self.tag(tag);
        self.sink.put(bytes);
    }

    fn length(&mut self, length: usize) {
        self.sink.put(&(length as u64).to_le_bytes());
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.length(bytes.len());
        self.sink.put(bytes);
    }

    fn text(&mut self, tag: u8, text: &[u8]) {
        self.tag(tag);
        self.bytes(text);
    }

    fn sequence(&mut self, tag: u8, elements: &[Value]) {
        self.tag(tag);
        self.length(elements.len());
        for element in elements {
            self.value(element);
        }
    }

    fn set(&mut self, tag: u8, elements: &[Value]) {
        match self.sameness {
            Sameness::Exact => self.sequence(tag, elements),
            Sameness::Value => {
                let keys = elements.iter().map(|element| key(element, Sameness::Value)).collect();
                self.sorted(tag, keys);
            }
        }
    }

    fn dict(&mut self, pairs: &[(Value, Value)]) {
        if self.sameness == Sameness::Value {
            let pair = |(name, value): &(Value, Value)| {
                let mut bytes = key(name, Sameness::Value);
                Encoder { sink: &mut bytes, sameness: Sameness::Value }.value(value);
                bytes
            };
            return self.sorted(b'd', pairs.iter().map(pair).collect());
        }
        self.tag(b'd');
        self.length(pairs.len());
        for (name, value) in pairs {
            self.value(name);
            self.value(value);
        }
    }

    fn sorted(&mut self, tag: u8, mut keys: Vec<Vec<u8>>) {
        keys.sort_unstable();
        self.tag(tag);
        self.length(keys.len());
        for key in keys {
            self.sink.put(&key);
        }
    }

    fn fields(&mut self, fields: &[(String, Value)]) {
        self.length(fields.len());
        for (name, value) in fields {
            self.bytes(name.as_bytes());
            self.value(value);
        }
    }

    fn number(&mut self, number: &Canonical) {
        match number {
            Canonical::Nan => self.tag(b'0'),
            Canonical::Infinite { negative } => self.tagged(b'1', &[u8::from(*negative)]),
            Canonical::Integer(integer) => self.tagged(b'2', &integer.to_le_bytes()),
            Canonical::Float(bits) => self.tagged(b'3', &bits.to_le_bytes()),
            Canonical::Decimal { negative, digits, exponent } => {
                self.tagged(b'4', &[u8::from(*negative)]);
                self.bytes(digits.as_bytes());
                self.sink.put(&exponent.to_le_bytes());
            }
            Canonical::Ratio(text) => self.text(b'5', text.as_bytes()),
            Canonical::Huge { negative, magnitude } => {
                self.tagged(b'6', &[u8::from(*negative)]);
                self.bytes(magnitude);
            }
            Canonical::Complex(parts) => {
                self.tag(b'7');
                self.number(&parts.0);
                self.number(&parts.1);
            }
        }
    }

    fn scalar(&mut self, scalar: &Scalar) {
        if let (Sameness::Value, Some(instant)) = (self.sameness, scalar.instant) {
            let (kind, time) = match instant {
                Instant::Naive(time) => (0, time),
                Instant::Utc(time) => (1, time),
                Instant::Span(time) => (2, time),
            };
            self.tagged(b'w', &[kind]);
            return self.sink.put(&time.to_le_bytes());
        }
        self.text(b'a', scalar.type_name.as_bytes());
        self.bytes(scalar.text.as_bytes());
    }

    fn array(&mut self, array: &Array) {
        self.tag(b'A');
        self.length(array.shape.len());
        array.shape.iter().for_each(|&length| self.length(length));
        if self.sameness == Sameness::Value && !matches!(array.data, Data::Fields(_)) {
            let layout = Layout::of(array);
            return (0..layout.length()).for_each(|index| self.value(&layout.element(index)));
        }
        self.bytes(array.dtype.as_bytes());
        match &array.data {
            Data::Raw(bytes) => {
                self.length(bytes.len());
                Layout::of(array).normalised(bytes, |bytes| self.sink.put(bytes));
            }
            Data::Items(items) => self.sequence(b'l', items),
            Data::Fields(fields) => self.fields(fields),
        }
    }

    fn frame(&mut self, frame: &Frame) {
        self.text(b'D', if self.sameness == Sameness::Exact { frame.type_name.as_bytes() } else { b"" });
        self.tag(frame.form as u8);
        for columns in [&frame.index, &frame.columns] {
            self.length(columns.len());
            columns.iter().for_each(|column| self.column(column));
        }
    }

    fn column(&mut self, column: &Column) {
        self.value(&column.name);
        if self.sameness == Sameness::Exact {
            self.bytes(column.dtype.as_bytes());
        }
        self.array(&column.values);
    }
}

/// Bits of a float, the same for all NaN and for both zeros.
fn normal(float: f64) -> u64 {
    if float.is_nan() {
        f64::NAN.to_bits()
    } else if float == 0.0 {
        0
    } else {
        float.to_bits()
    }
}
