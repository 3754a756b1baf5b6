//! Numbers across Python's types: equal exactly, or within tolerances.

use super::value::{BigInt, Value};

/// Integers of more bytes equal other integers only; turning them into decimals would take quadratic time.
const CONVERTIBLE_BYTES: usize = 1024;

/// A number of any of Python's types.
#[derive(Debug, Clone, Copy)]
pub(super) enum Number<'a> {
    Integer(i64),
    Big(&'a BigInt),
    Float(f64),
    Complex(f64, f64),
    /// What `str` makes of a `decimal.Decimal`.
    Decimal(&'a str),
    /// What `str` makes of a `fractions.Fraction`.
    Fraction(&'a str),
}

/// The one form of all numbers that Python calls equal. All NaN are one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Canonical {
    Nan,
    Infinite {
        negative: bool,
    },
    Integer(i128),
    /// Bits of a finite number that is no integer.
    Float(u64),
    /// Neither an integer of 128 bits nor a float: digits without trailing zeros, times a power of ten.
    Decimal {
        negative: bool,
        digits: String,
        exponent: i64,
    },
    /// No finite decimal, in lowest terms.
    Ratio(String),
    /// Too large for [`Canonical::Decimal`].
    Huge {
        negative: bool,
        magnitude: Vec<u8>,
    },
    /// Both parts not zero, or the imaginary one alone.
    Complex(Box<(Canonical, Canonical)>),
}

impl<'a> Number<'a> {
    /// The number that a value is, subclasses of number types included.
    pub(super) fn of(value: &'a Value) -> Option<Self> {
        Some(match value {
            Value::Bool(truth) => Self::Integer(i64::from(*truth)),
            Value::Int(integer) => Self::Integer(*integer),
            Value::BigInt(integer) => Self::Big(integer),
            Value::Float(float) => Self::Float(*float),
            Value::Complex(real, imaginary) => Self::Complex(*real, *imaginary),
            Value::Scalar(scalar) if scalar.type_name == "decimal.Decimal" => Self::Decimal(&scalar.text),
            Value::Scalar(scalar) if scalar.type_name == "fractions.Fraction" => Self::Fraction(&scalar.text),
            Value::Typed(typed) => Self::of(typed.value.unwrapped())?,
            _ => return None,
        })
    }

    /// Python's `==`, exact across types, but NaN equals NaN.
    pub(super) fn equals(self, other: Self) -> bool {
        match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => a == b,
            (Self::Float(a), Self::Float(b)) => same_float(a, b),
            (Self::Big(a), Self::Big(b)) => a == b,
            (Self::Complex(ar, ai), Self::Complex(br, bi)) => same_float(ar, br) && same_float(ai, bi),
            _ => self.canonical() == other.canonical(),
        }
    }

    /// Whether `|a - b| <= max(relative * max(|a|, |b|), absolute)`, the rule of `math.isclose`. Infinities and
    /// NaN are near themselves only.
    pub(super) fn near(self, other: Self, relative: f64, absolute: f64) -> bool {
        let ((ar, ai), (br, bi)) = (self.parts(), other.parts());
        if !(self.is_finite() && other.is_finite()) {
            return same_float(ar, br) && same_float(ai, bi) && self.is_float() && other.is_float();
        }
        let distance = match (self, other) {
            (Self::Integer(a), Self::Integer(b)) => (i128::from(a) - i128::from(b)).unsigned_abs() as f64,
            _ => (ar - br).hypot(ai - bi),
        };
        distance <= absolute.max(relative * ar.hypot(ai).max(br.hypot(bi)))
    }

    /// The nearest float of a real number, for sorting.
    pub(super) fn as_real(self) -> Option<f64> {
        Some(self.parts()).filter(|(real, imaginary)| *imaginary == 0.0 && !real.is_nan()).map(|(real, _)| real)
    }

    /// Whether it is neither infinite nor NaN, nor beyond what a float can hold.
    pub(super) fn is_finite(self) -> bool {
        let (real, imaginary) = self.parts();
        real.is_finite() && imaginary.is_finite()
    }

    /// Whether an infinity is one, rather than an overflow of the conversion.
    fn is_float(self) -> bool {
        matches!(self, Self::Float(_) | Self::Complex(..))
            || matches!(self.canonical(), Canonical::Nan | Canonical::Infinite { .. })
    }

    /// The nearest floating-point numbers.
    fn parts(self) -> (f64, f64) {
        match self {
            Self::Integer(integer) => (integer as f64, 0.0),
            Self::Big(integer) => (big_to_float(integer), 0.0),
            Self::Float(float) => (float, 0.0),
            Self::Complex(real, imaginary) => (real, imaginary),
            Self::Decimal(text) => (decimal_to_float(text), 0.0),
            Self::Fraction(text) => {
                let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
                (decimal_to_float(numerator) / decimal_to_float(denominator), 0.0)
            }
        }
    }

    /// The form that equal numbers share.
    pub(super) fn canonical(self) -> Canonical {
        match self {
            Self::Integer(integer) => Canonical::Integer(i128::from(integer)),
            Self::Big(integer) => canonical_big(integer),
            Self::Float(float) => canonical_float(float),
            Self::Complex(real, 0.0) => canonical_float(real),
            Self::Complex(real, imaginary) => {
                Canonical::Complex(Box::new((canonical_float(real), canonical_float(imaginary))))
            }
            Self::Decimal(text) => canonical_decimal(text),
            Self::Fraction(text) => canonical_fraction(text),
        }
    }
}

/// Equal as values: NaN equals NaN, and zero equals minus zero.
pub(super) fn same_float(a: f64, b: f64) -> bool {
    a == b || (a.is_nan() && b.is_nan())
}

fn canonical_float(float: f64) -> Canonical {
    if float.is_nan() {
        Canonical::Nan
    } else if float.is_infinite() {
        Canonical::Infinite { negative: float < 0.0 }
    } else if float.fract() != 0.0 {
        Canonical::Float(float.to_bits())
    } else if float.abs() < 1e38 {
        Canonical::Integer(float as i128)
    } else {
        from_digits(float < 0.0, &format!("{:.0}", float.abs()), 0)
    }
}

fn canonical_big(integer: &BigInt) -> Canonical {
    if integer.magnitude.len() > CONVERTIBLE_BYTES {
        return Canonical::Huge { negative: integer.negative, magnitude: integer.magnitude.to_vec() };
    }
    from_digits(integer.negative, &decimal_digits(&integer.magnitude), 0)
}

fn canonical_decimal(text: &str) -> Canonical {
    let (negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    if unsigned.contains("NaN") {
        return Canonical::Nan;
    }
    if unsigned == "Infinity" {
        return Canonical::Infinite { negative };
    }
    let (mantissa, exponent) = unsigned.split_once('E').unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent = exponent.parse::<i64>().unwrap_or(0) - fraction.len() as i64;
    from_digits(negative, &format!("{whole}{fraction}"), exponent)
}

fn canonical_fraction(text: &str) -> Canonical {
    let (numerator, denominator) = text.split_once('/').unwrap_or((text, "1"));
    let terminating = || {
        let (mut digits, mut rest) = (numerator.parse::<i128>().ok()?, denominator.parse::<i128>().ok()?);
        let mut places = 0;
        while rest > 1 {
            // The denominator loses a factor of ten, of which the numerator takes what it lacks.
            let factor = if rest % 10 == 0 {
                1
            } else if rest % 2 == 0 {
                5
            } else if rest % 5 == 0 {
                2
            } else {
                return None;
            };
            rest /= 10 / factor;
            digits = digits.checked_mul(factor)?;
            places += 1;
        }
        Some(from_digits(digits < 0, &digits.unsigned_abs().to_string(), -places))
    };
    if denominator == "1" {
        return from_digits(numerator.starts_with('-'), numerator.trim_start_matches('-'), 0);
    }
    terminating().unwrap_or_else(|| Canonical::Ratio(text.to_owned()))
}

/// `digits` times a power of ten in canonical form.
fn from_digits(negative: bool, digits: &str, exponent: i64) -> Canonical {
    let significant = digits.trim_start_matches('0');
    let digits = significant.trim_end_matches('0');
    if digits.is_empty() {
        return Canonical::Integer(0);
    }
    let exponent = exponent + (significant.len() - digits.len()) as i64;
    let length = digits.len() as i64;
    if exponent >= 0 && length + exponent <= 38 {
        let padded = format!("{}{digits}{}", if negative { "-" } else { "" }, "0".repeat(exponent as usize));
        if let Ok(integer) = padded.parse() {
            return Canonical::Integer(integer);
        }
    }
    if let Some(float) = exact_float(digits, exponent) {
        return Canonical::Float(if negative { -float } else { float }.to_bits());
    }
    Canonical::Decimal { negative, digits: digits.to_owned(), exponent }
}

/// The float that is exactly this decimal, where there is one that isn't an integer.
fn exact_float(digits: &str, exponent: i64) -> Option<f64> {
    // No float has more digits after the point, or more of them altogether.
    if !(-1074..0).contains(&exponent) || digits.len() > 800 {
        return None;
    }
    let float = format!("{digits}e{exponent}").parse::<f64>().ok()?;
    // All digits of a float, since none has more than these after the point.
    let all = format!("{float:.1074}");
    let (whole, fraction) = all.trim_end_matches('0').split_once('.')?;
    let same = format!("{whole}{fraction}").trim_start_matches('0') == digits;
    (same && fraction.len() as u64 == exponent.unsigned_abs()).then_some(float)
}

fn big_to_float(integer: &BigInt) -> f64 {
    let magnitude = integer.magnitude.iter().fold(0.0, |sum, &byte| sum * 256.0 + f64::from(byte));
    if integer.negative { -magnitude } else { magnitude }
}

fn decimal_to_float(text: &str) -> f64 {
    text.parse().unwrap_or(f64::NAN)
}

/// Decimal digits of a number given most significant byte first. Takes quadratic time.
pub(super) fn decimal_digits(magnitude: &[u8]) -> String {
    const CHUNK: u64 = 1_000_000_000;
    let mut chunks = vec![0_u64];
    for &byte in magnitude {
        let mut carry = u64::from(byte);
        for chunk in &mut chunks {
            let sum = *chunk * 256 + carry;
            *chunk = sum % CHUNK;
            carry = sum / CHUNK;
        }
        if carry > 0 {
            chunks.push(carry);
        }
    }
    let mut digits = chunks.pop().unwrap_or(0).to_string();
    for chunk in chunks.iter().rev() {
        digits += &format!("{chunk:09}");
    }
    digits
}
