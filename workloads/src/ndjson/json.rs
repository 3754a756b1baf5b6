//! JSON as Python's `json.loads` reads it from a line, down to what other parsers refuse.
//!
//! Beyond RFC 8259 it takes `NaN`, `Infinity`, `-Infinity`, escapes of lone surrogates, and floats that overflow.
//! It refuses integers of more digits than `int` converts, and nesting deeper than its recursion goes.

use super::fault::Fault;

/// Levels of arrays and objects within one another. Python's own limit depends on its version and on how deep its
/// caller is; this one is below all of them.
const DEEPEST: usize = 990;

/// What `sys.get_int_max_str_digits()` is, unless somebody sets it.
const MOST_DIGITS: usize = 4_300;

/// Whether the line is an object whose last `level` is `ERROR`.
///
/// # Errors
/// What is wrong with the line, as Python sees it.
pub(super) fn is_error(line: &str) -> Result<bool, Fault> {
    let mut scanner = Scanner { text: line.as_bytes(), at: 0 };
    scanner.skip_blanks();
    let record = match scanner.peek() {
        Some(b'{') => Ok(scanner.record()?),
        _ => scanner.value(0).map(|()| Err(Fault::NoObject))?,
    };
    scanner.skip_blanks();
    if scanner.at < line.len() { Err(Fault::Json) } else { record }
}

/// A position in a line.
struct Scanner<'a> {
    text: &'a [u8],
    at: usize,
}

/// What is between two quotes.
struct Quoted<'a> {
    written: &'a [u8],
    has_escapes: bool,
}

impl<'a> Scanner<'a> {
    #[inline]
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    #[inline]
    fn skip_blanks(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    /// Goes past the digits that come next, and counts them.
    #[inline]
    fn digits(&mut self) -> usize {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        self.at - start
    }

    /// Goes past this if it comes next, and tells whether it does.
    #[inline]
    fn skips(&mut self, literal: &[u8]) -> bool {
        let comes_next = self.text[self.at..].starts_with(literal);
        if comes_next {
            self.at += literal.len();
        }
        comes_next
    }

    #[inline]
    fn expect(&mut self, literal: &[u8]) -> Result<(), Fault> {
        if self.skips(literal) { Ok(()) } else { Err(Fault::Json) }
    }

    /// The outermost object: whether its last level is that of an error.
    fn record(&mut self) -> Result<bool, Fault> {
        let mut is_error = false;
        self.object(1, |scanner, key| {
            if !key.is(b"level") {
                scanner.value(1)
            } else if scanner.peek() == Some(b'"') {
                is_error = scanner.quoted()?.is(b"ERROR");
                Ok(())
            } else {
                is_error = false;
                scanner.value(1)
            }
        })?;
        Ok(is_error)
    }

    /// Goes past a value that is within `depth` others.
    fn value(&mut self, depth: usize) -> Result<(), Fault> {
        match self.peek() {
            Some(b'"') => self.quoted().map(drop),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b'{') => self.object(depth + 1, |scanner, _| scanner.value(depth + 1)),
            Some(b'[') => self.array(depth + 1),
            Some(b't') => self.expect(b"true"),
            Some(b'f') => self.expect(b"false"),
            Some(b'n') => self.expect(b"null"),
            Some(b'N') => self.expect(b"NaN"),
            Some(b'I') => self.expect(b"Infinity"),
            _ => Err(Fault::Json),
        }
    }

    #[inline]
    fn object(
        &mut self,
        depth: usize,
        mut value: impl FnMut(&mut Self, Quoted<'a>) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        self.enter(depth)?;
        if self.skips(b"}") {
            return Ok(());
        }
        loop {
            let key = self.quoted()?;
            self.skip_blanks();
            self.expect(b":")?;
            self.skip_blanks();
            value(self, key)?;
            self.skip_blanks();
            if self.skips(b"}") {
                return Ok(());
            }
            self.expect(b",")?;
            self.skip_blanks();
        }
    }

    fn array(&mut self, depth: usize) -> Result<(), Fault> {
        self.enter(depth)?;
        if self.skips(b"]") {
            return Ok(());
        }
        loop {
            self.value(depth)?;
            self.skip_blanks();
            if self.skips(b"]") {
                return Ok(());
            }
            self.expect(b",")?;
            self.skip_blanks();
        }
    }

    /// Goes past an opening bracket.
    #[inline]
    fn enter(&mut self, depth: usize) -> Result<(), Fault> {
        if depth > DEEPEST {
            return Err(Fault::Depth);
        }
        self.at += 1;
        self.skip_blanks();
        Ok(())
    }

    fn number(&mut self) -> Result<(), Fault> {
        if self.skips(b"-") && self.skips(b"Infinity") {
            return Ok(());
        }
        let has_leading_zero = self.peek() == Some(b'0');
        let digits = self.digits();
        if digits == 0 || has_leading_zero && digits > 1 {
            return Err(Fault::Json);
        }
        let has_fraction = self.skips(b".");
        if has_fraction && self.digits() == 0 {
            return Err(Fault::Json);
        }
        let has_exponent = self.skips(b"e") || self.skips(b"E");
        if has_exponent {
            let _sign = self.skips(b"+") || self.skips(b"-");
            if self.digits() == 0 {
                return Err(Fault::Json);
            }
        }
        if digits > MOST_DIGITS && !has_fraction && !has_exponent { Err(Fault::Digits) } else { Ok(()) }
    }

    #[inline]
    fn quoted(&mut self) -> Result<Quoted<'a>, Fault> {
        self.expect(b"\"")?;
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += plain(&self.text[self.at..]);
            match self.peek() {
                Some(b'"') => break,
                Some(b'\\') => self.at += escape(&self.text[self.at..]).ok_or(Fault::Json)?,
                _ => return Err(Fault::Json),
            }
            has_escapes = true;
        }
        let written = &self.text[start..self.at];
        self.at += 1;
        Ok(Quoted { written, has_escapes })
    }
}

impl Quoted<'_> {
    /// Whether it spells this text, which is ASCII.
    #[inline]
    fn is(&self, text: &[u8]) -> bool {
        if self.has_escapes { self.units().eq(text.iter().copied().map(u16::from)) } else { self.written == text }
    }

    /// What it spells: code units of escapes, and bytes of everything else.
    fn units(&self) -> impl Iterator<Item = u16> {
        let mut rest = self.written;
        std::iter::from_fn(move || {
            let length = escape(rest).unwrap_or(1);
            let (unit, after) = rest.split_at_checked(length)?;
            rest = after;
            Some(match unit {
                [b'\\', b'u', digits @ ..] => digits.iter().fold(0, |unit, &digit| (unit << 4) | hexadecimal(digit)),
                [b'\\', b'b'] => 8,
                [b'\\', b't'] => 9,
                [b'\\', b'n'] => 10,
                [b'\\', b'f'] => 12,
                [b'\\', b'r'] => 13,
                [.., last] => (*last).into(),
                [] => 0,
            })
        })
    }
}

/// How many bytes come before a quote, a backslash or a control character.
#[inline]
fn plain(text: &[u8]) -> usize {
    const LOW_BITS: u64 = 0x0101_0101_0101_0101;
    const HIGH_BITS: u64 = LOW_BITS << 7;
    let (words, _) = text.as_chunks();
    for (index, word) in words.iter().enumerate() {
        // The high bit of the lowest byte that is less than a limit, found with eight bytes subtracted at once.
        let word = u64::from_le_bytes(*word);
        let below = |word: u64, limit: u64| word.wrapping_sub(LOW_BITS * limit) & !word & HIGH_BITS;
        let equal = |byte: u8| below(word ^ (LOW_BITS * u64::from(byte)), 1);
        let special = equal(b'"') | equal(b'\\') | below(word, 0x20);
        if special != 0 {
            return index * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let rest = words.len() * 8;
    rest + text[rest..].iter().take_while(|byte| !matches!(byte, b'"' | b'\\' | 0..0x20)).count()
}

/// The length of the escape that comes first in a text, or nothing where none does.
fn escape(text: &[u8]) -> Option<usize> {
    match text {
        [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => Some(2),
        [b'\\', b'u', digits @ ..] => digits.get(..4)?.iter().all(u8::is_ascii_hexdigit).then_some(6),
        _ => None,
    }
}

fn hexadecimal(digit: u8) -> u16 {
    char::from(digit).to_digit(16).map_or(0, |value| value as u16)
}
