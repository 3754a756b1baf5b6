//! Values as Python shows them, cut to what fits a line.

use std::borrow::Cow;
use std::fmt::{self, Write};

use super::array::{Layout, dtype_name};
use super::number::decimal_digits;
use super::text::code_points;
use super::value::{Array, BigInt, Data, Frame, Value};

/// Characters that a value may take.
const WIDTH: usize = 60;

/// Characters around the first difference of two long strings.
const WINDOW: usize = 20;

/// Integers of more bytes are shown in hexadecimal.
const DECIMAL_BYTES: usize = 128;

/// A value as Python's `repr` has it, cut.
pub(super) fn repr(value: &Value) -> String {
    let mut line = LimitedLine { text: String::new(), left: WIDTH };
    // The only error is a full line.
    let _ = write_value(&mut line, value);
    line.text
}

/// What a value is, for telling different types apart: `bool True`, `list of 3`.
pub(super) fn described(value: &Value) -> String {
    let name = shown_name(value.type_name());
    match value.unwrapped() {
        Value::List(elements) | Value::Tuple(elements) | Value::Set(elements) | Value::FrozenSet(elements) => {
            format!("{name} of {}", elements.len())
        }
        Value::Dict(pairs) => format!("{name} of {}", pairs.len()),
        Value::Array(array) => match value {
            Value::Typed(_) => format!("{name} of {}", shape(&array.shape)),
            _ => format!("{} array of {}", element_type(array), shape(&array.shape)),
        },
        Value::None
        | Value::Ellipsis
        | Value::ByteArray(_)
        | Value::Scalar(_)
        | Value::Frame(_)
        | Value::File(_)
        | Value::Named(_)
        | Value::Cycle(_) => repr(value),
        Value::Opaque(opaque) => format!("{} ({})", repr(value), opaque.why),
        Value::Object(_) | Value::Reduced(_) => name.into(),
        plain => format!("{name} {}", repr(plain)),
    }
}

/// The surroundings of the first difference of two texts, with its offset; nothing when both fit a line.
pub(super) fn windows(expected: &Value, got: &Value) -> Option<(String, String)> {
    let (a, b, is_text) = match (expected, got) {
        (Value::Str(a), Value::Str(b)) => (a, b, true),
        (Value::Bytes(a) | Value::ByteArray(a), Value::Bytes(b) | Value::ByteArray(b)) => (a, b, false),
        _ => return None,
    };
    if a.len().max(b.len()) < WIDTH {
        return None;
    }
    let inside = |bytes: &[u8], at: usize| is_text && bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    let back = |mut at: usize| {
        while inside(a, at) {
            at -= 1;
        }
        at
    };
    let mut at = a.iter().zip(b.iter()).take_while(|(a, b)| a == b).count();
    if inside(a, at) || inside(b, at) {
        at = back(at - 1);
    }
    let start = (0..WINDOW).fold(at, |at, _| back(at.saturating_sub(1)));
    let offset = if is_text { code_points(&a[..at]).count() } else { at };
    let window = |bytes: &[u8]| {
        let points = |bytes: &[u8]| {
            if is_text {
                code_points(bytes).collect()
            } else {
                bytes.iter().map(|&byte| u32::from(byte)).collect::<Vec<_>>()
            }
        };
        let after = points(&bytes[at..bytes.len().min(at + 4 * WINDOW + 4)]);
        let mut shown = format!("at {offset} {}'", if is_text { "" } else { "b" });
        if start > 0 {
            shown.push('…');
        }
        points(&bytes[start..at])
            .iter()
            .chain(after.iter().take(WINDOW))
            .for_each(|&point| shown += &escaped(point, '\'', is_text));
        if after.len() > WINDOW {
            shown.push('…');
        }
        shown + "'"
    };
    Some((window(a), window(b)))
}

fn element_type(array: &Array) -> Cow<'_, str> {
    if matches!(array.data, Data::Fields(_)) { Cow::Borrowed("structured") } else { dtype_name(&array.dtype) }
}

/// Dimensions as Python writes a tuple.
pub(super) fn shape(shape: &[usize]) -> String {
    match shape {
        [one] => format!("({one},)"),
        many => format!("({})", many.iter().map(usize::to_string).collect::<Vec<_>>().join(", ")),
    }
}

/// The class alone, as tracebacks of Python's own classes have it.
fn shown_name(type_name: &str) -> &str {
    match type_name.split_once('.') {
        Some(("numpy", _)) => type_name,
        _ => type_name.rsplit('.').next().unwrap_or(type_name),
    }
}

/// A line of limited length. Writing beyond it puts an ellipsis and fails, which ends whatever is writing.
struct LimitedLine {
    text: String,
    left: usize,
}

impl Write for LimitedLine {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars() {
            if self.left == 0 {
                self.text.push('…');
                return Err(fmt::Error);
            }
            self.text.push(character);
            self.left -= 1;
        }
        Ok(())
    }
}

fn write_value(line: &mut LimitedLine, value: &Value) -> fmt::Result {
    match value {
        Value::None => line.write_str("None"),
        Value::Ellipsis => line.write_str("Ellipsis"),
        Value::Bool(truth) => line.write_str(if *truth { "True" } else { "False" }),
        Value::Int(integer) => write!(line, "{integer}"),
        Value::BigInt(integer) => write_big(line, integer),
        Value::Float(float) => line.write_str(&float_repr(*float)),
        Value::Complex(real, imaginary) => write_complex(line, *real, *imaginary),
        Value::Str(text) => write_quoted(line, || code_points(text), true),
        Value::Bytes(bytes) => {
            line.write_char('b')?;
            write_quoted(line, || bytes.iter().map(|&byte| u32::from(byte)), false)
        }
        Value::ByteArray(bytes) => {
            line.write_str("bytearray(b")?;
            write_quoted(line, || bytes.iter().map(|&byte| u32::from(byte)), false)?;
            line.write_char(')')
        }
        Value::List(elements) => write_between(line, "[", elements, "]"),
        Value::Tuple(elements) => write_between(line, "(", elements, if elements.len() == 1 { ",)" } else { ")" }),
        Value::Set(elements) if elements.is_empty() => line.write_str("set()"),
        Value::Set(elements) => write_between(line, "{", elements, "}"),
        Value::FrozenSet(elements) if elements.is_empty() => line.write_str("frozenset()"),
        Value::FrozenSet(elements) => write_between(line, "frozenset({", elements, "})"),
        Value::Dict(pairs) => write_dict(line, pairs),
        Value::Array(array) => write_array(line, array),
        Value::Frame(frame) => line.write_str(&summary(frame)),
        Value::File(file) => write!(line, "file of {} bytes, sha256 {}", file.bytes, file.sha256),
        Value::Named(name) => line.write_str(name),
        Value::Scalar(scalar) => match shown_name(&scalar.type_name) {
            name if scalar.text.contains(name) => line.write_str(&scalar.text),
            "NaTType" | "NAType" => line.write_str(&scalar.text),
            name => write!(line, "{name}({})", scalar.text),
        },
        Value::Typed(typed) => {
            write!(line, "{}(", shown_name(&typed.type_name))?;
            write_value(line, &typed.value)?;
            line.write_char(')')
        }
        Value::Object(object) => {
            write!(line, "{}(", shown_name(&object.type_name))?;
            write_list(line, &object.state, |line, (name, value)| {
                write!(line, "{name}=")?;
                write_value(line, value)
            })?;
            line.write_char(')')
        }
        Value::Reduced(reduced) => {
            write!(line, "{}(", shown_name(&reduced.type_name))?;
            let given = reduced.parts.iter().skip(1).filter(|part| **part != Value::None).collect::<Vec<_>>();
            write_list(line, &given, |line, part| write_value(line, part))?;
            line.write_char(')')
        }
        Value::Cycle(_) => line.write_str("[...]"),
        Value::Opaque(opaque) => write!(line, "<{}>", shown_name(&opaque.type_name)),
    }
}

fn write_list<T>(
    line: &mut LimitedLine,
    items: &[T],
    write: impl Fn(&mut LimitedLine, &T) -> fmt::Result,
) -> fmt::Result {
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            line.write_str(", ")?;
        }
        write(line, item)?;
    }
    Ok(())
}

fn write_between(line: &mut LimitedLine, open: &str, elements: &[Value], close: &str) -> fmt::Result {
    line.write_str(open)?;
    write_list(line, elements, write_value)?;
    line.write_str(close)
}

fn write_dict(line: &mut LimitedLine, pairs: &[(Value, Value)]) -> fmt::Result {
    line.write_char('{')?;
    write_list(line, pairs, |line, (name, value)| {
        write_value(line, name)?;
        line.write_str(": ")?;
        write_value(line, value)
    })?;
    line.write_char('}')
}

fn write_array(line: &mut LimitedLine, array: &Array) -> fmt::Result {
    line.write_str("array([")?;
    if let Data::Fields(fields) = &array.data {
        write_list(line, fields, |line, (name, _)| line.write_str(name))?;
    }
    let layout = Layout::of(array);
    for index in 0..layout.length() {
        if index > 0 {
            line.write_str(", ")?;
        }
        write_value(line, &layout.element(index))?;
    }
    line.write_str("])")
}

/// A frame by its class and size.
pub(super) fn summary(frame: &Frame) -> String {
    let rows = frame.columns.first().or(frame.index.first()).map_or(0, |column| Layout::of(&column.values).length());
    let library = frame.type_name.split_once('.').map_or(String::new(), |(root, _)| format!("{root}."));
    format!("{library}{} of {rows} × {}", shown_name(&frame.type_name), frame.columns.len())
}

fn write_big(line: &mut LimitedLine, integer: &BigInt) -> fmt::Result {
    if integer.negative {
        line.write_char('-')?;
    }
    if integer.magnitude.len() <= DECIMAL_BYTES {
        return line.write_str(&decimal_digits(&integer.magnitude));
    }
    line.write_str("0x")?;
    integer.magnitude.iter().try_for_each(|byte| write!(line, "{byte:02x}"))
}

fn write_complex(line: &mut LimitedLine, real: f64, imaginary: f64) -> fmt::Result {
    let part = |float: f64| float_repr(float).trim_end_matches(".0").to_owned();
    let sign = if imaginary.is_sign_negative() && !imaginary.is_nan() { "" } else { "+" };
    write!(line, "({}{sign}{}j)", part(real), part(imaginary))
}

fn write_quoted<I: Iterator<Item = u32>>(line: &mut LimitedLine, points: impl Fn() -> I, is_text: bool) -> fmt::Result {
    // In a long text the character that decides the quotes may lie beyond the end of the line; it isn't searched for.
    let has = |quote: char| points().take(WIDTH).any(|point| point == u32::from(quote));
    let quote = if has('\'') && !has('"') { '"' } else { '\'' };
    line.write_char(quote)?;
    for point in points() {
        line.write_str(&escaped(point, quote, is_text))?;
    }
    line.write_char(quote)
}

/// A code point or byte between quotes.
fn escaped(point: u32, quote: char, is_text: bool) -> String {
    let plain = if is_text || point < 0x80 { char::from_u32(point) } else { None };
    match plain {
        Some('\n') => "\\n".into(),
        Some('\r') => "\\r".into(),
        Some('\t') => "\\t".into(),
        Some('\\') => "\\\\".into(),
        Some(character) if character == quote => format!("\\{character}"),
        Some(character @ ('\'' | '"')) => character.into(),
        Some(character) if character.escape_debug().len() == 1 && character != '\0' => character.into(),
        _ if point <= 0xFF => format!("\\x{point:02x}"),
        _ if point <= 0xFFFF => format!("\\u{point:04x}"),
        _ => format!("\\U{point:08x}"),
    }
}

/// The shortest text that reads back as the same float, in Python's format.
pub(super) fn float_repr(float: f64) -> String {
    if !float.is_finite() {
        return match float {
            f64::INFINITY => "inf",
            f64::NEG_INFINITY => "-inf",
            _ => "nan",
        }
        .into();
    }
    let scientific = format!("{float:e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    match exponent.parse::<i32>() {
        Ok(-4..16) => format!("{float:?}"),
        Ok(exponent) => format!("{mantissa}e{}{:02}", if exponent < 0 { '-' } else { '+' }, exponent.unsigned_abs()),
        Err(_) => scientific,
    }
}
