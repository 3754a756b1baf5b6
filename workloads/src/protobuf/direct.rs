//! Records to the wire format without messages in between: every value is written where it is found.

use prost::encoding::{WireType, encode_key, encode_varint};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyList;

use super::convert::{Convert, Record, text};

/// Appends the wire format of an order.
pub(super) fn order(record: &Bound<'_, PyAny>, wire: &mut Vec<u8>) -> PyResult<()> {
    let py = record.py();
    let mut record = Record::of("Order", record)?;
    if let Some(id) = record.get(intern!(py, "id"))? {
        number(1, u64::convert(&id)?, wire);
    }
    if let Some(balance) = record.get(intern!(py, "balance"))? {
        number(2, zigzag(i64::convert(&balance)?), wire);
    }
    if let Some(customer) = record.get(intern!(py, "customer"))? {
        string(3, &customer, wire)?;
    }
    if let Some(ratings) = record.get(intern!(py, "ratings"))? {
        let start = wire.len();
        delimited(4, wire, |wire| {
            each(&ratings, |rating| {
                encode_varint(i64::from(i32::convert(rating)?) as u64, wire);
                Ok(())
            })
        })?;
        // An empty list leaves no trace.
        if wire.len() == start + 2 && wire[start + 1] == 0 {
            wire.truncate(start);
        }
    }
    if let Some(tags) = record.get(intern!(py, "tags"))? {
        each(&tags, |tag| delimited_text(5, text(tag)?, wire))?;
    }
    if let Some(address) = record.get(intern!(py, "address"))? {
        delimited(6, wire, |wire| self::address(&address, wire))?;
    }
    if let Some(lines) = record.get(intern!(py, "lines"))? {
        each(&lines, |line| delimited(7, wire, |wire| self::line(line, wire)))?;
    }
    record.finish(&["id", "balance", "customer", "ratings", "tags", "address", "lines"])
}

fn address(record: &Bound<'_, PyAny>, wire: &mut Vec<u8>) -> PyResult<()> {
    let py = record.py();
    let mut record = Record::of("Address", record)?;
    for (tag, name) in [(1, intern!(py, "street")), (2, intern!(py, "city")), (3, intern!(py, "postcode"))] {
        if let Some(value) = record.get(name)? {
            string(tag, &value, wire)?;
        }
    }
    record.finish(&["street", "city", "postcode"])
}

fn line(record: &Bound<'_, PyAny>, wire: &mut Vec<u8>) -> PyResult<()> {
    let py = record.py();
    let mut record = Record::of("Line", record)?;
    if let Some(sku) = record.get(intern!(py, "sku"))? {
        string(1, &sku, wire)?;
    }
    if let Some(quantity) = record.get(intern!(py, "quantity"))? {
        number(2, u32::convert(&quantity)?.into(), wire);
    }
    if let Some(price) = record.get(intern!(py, "price"))? {
        number(3, i64::convert(&price)? as u64, wire);
    }
    record.finish(&["sku", "quantity", "price"])
}

/// A field that isn't repeated leaves no trace of its default.
fn number(tag: u32, value: u64, wire: &mut Vec<u8>) {
    if value != 0 {
        encode_key(tag, WireType::Varint, wire);
        encode_varint(value, wire);
    }
}

fn string(tag: u32, value: &Bound<'_, PyAny>, wire: &mut Vec<u8>) -> PyResult<()> {
    match text(value)? {
        "" => Ok(()),
        text => delimited_text(tag, text, wire),
    }
}

fn delimited_text(tag: u32, text: &str, wire: &mut Vec<u8>) -> PyResult<()> {
    encode_key(tag, WireType::LengthDelimited, wire);
    encode_varint(text.len() as u64, wire);
    wire.extend_from_slice(text.as_bytes());
    Ok(())
}

/// Writes a field whose length is known only afterwards. Most need one byte for it, so one is left free.
fn delimited(tag: u32, wire: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>) -> PyResult<()>) -> PyResult<()> {
    encode_key(tag, WireType::LengthDelimited, wire);
    let place = wire.len();
    wire.push(0);
    write(wire)?;
    let length = wire.len() - place - 1;
    if length < 0x80 {
        wire[place] = length as u8;
    } else {
        let mut varint = Vec::with_capacity(10);
        encode_varint(length as u64, &mut varint);
        wire.splice(place..=place, varint);
    }
    Ok(())
}

/// The sign in the lowest bit, so that small negative numbers are short too.
fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

/// Iterates over a list without an iterator object; over anything else with one.
fn each<'py>(elements: &Bound<'py, PyAny>, mut visit: impl FnMut(&Bound<'py, PyAny>) -> PyResult<()>) -> PyResult<()> {
    match elements.cast_exact::<PyList>() {
        Ok(list) => list.iter().try_for_each(|element| visit(&element)),
        Err(_) => elements.try_iter()?.try_for_each(|element| visit(&element?)),
    }
}
