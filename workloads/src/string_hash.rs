//! `hash`: the polynomial hash h = 31·h + c of a text, over its code points c, modulo 2⁶⁴.

use pyo3::prelude::*;
use pyo3::types::string::PyStringData;
use pyo3::types::{PyBytes, PyString};

use crate::kernel::{Kernel, Output};

/// What a hash is multiplied by for every further code point.
const BASE: u64 = 31;

/// Code points that are hashed together.
const BLOCK: usize = 8;

/// BASE⁷, …, BASE¹, BASE⁰: what the code points of a block are multiplied by.
const POWERS: [u64; BLOCK] = {
    let mut powers = [1; BLOCK];
    let mut place = BLOCK - 1;
    while place > 0 {
        powers[place - 1] = powers[place] * BASE;
        place -= 1;
    }
    powers
};

pub(crate) const KERNELS: &[Kernel] = &[
    Kernel {
        name: "hash-article",
        prepare: |input| {
            let texts: Vec<String> = input.extract()?;
            Ok(Box::new(move || Ok(Box::new(Hashes(texts.iter().map(|text| article(text)).collect())))))
        },
    },
    Kernel {
        name: "hash",
        prepare: |input| {
            let texts: Vec<String> = input.extract()?;
            Ok(Box::new(move || Ok(Box::new(Hashes(texts.iter().map(|text| hash(text)).collect())))))
        },
    },
];

/// The hash as published, with what made it not compile put right: one character after the other.
pub fn article(text: &str) -> u64 {
    let mut hash: u64 = 0;
    for character in text.chars() {
        hash = hash.wrapping_mul(BASE).wrapping_add(character as u64);
    }
    hash
}

/// The hash of a text.
pub fn hash(text: &str) -> u64 {
    if text.is_ascii() { hash_units(text.as_bytes()) } else { article(text) }
}

/// The hash of units that are a code point each: ASCII or Latin-1 bytes, UCS-2, UCS-4.
///
/// A step of the plain loop has to wait for the multiplication of the step before it. With the powers of 31 at hand
/// there is one such wait for every block, and the multiplications within a block don't depend on one another.
pub fn hash_units<Unit: Copy + Into<u64>>(units: &[Unit]) -> u64 {
    let (blocks, rest) = units.as_chunks::<BLOCK>();
    let hash = blocks.iter().fold(0, |hash: u64, block| {
        let terms = block.iter().zip(POWERS).map(|(&unit, power)| unit.into().wrapping_mul(power));
        terms.fold(hash.wrapping_mul(POWERS[0] * BASE), u64::wrapping_add)
    });
    rest.iter().fold(hash, |hash, &unit| hash.wrapping_mul(BASE).wrapping_add(unit.into()))
}

/// The hash of a `str`, read where Python keeps it.
fn hash_in_place(text: &Bound<'_, PyString>) -> PyResult<u64> {
    // SAFETY: the layout is that of CPython on little-endian machines, and the string outlives its data here: it
    // can't change, and nothing else runs before the hash is done.
    Ok(match unsafe { text.data() }? {
        PyStringData::Ucs1(units) => hash_units(units),
        PyStringData::Ucs2(units) => hash_units(units),
        PyStringData::Ucs4(units) => hash_units(units),
    })
}

struct Hashes(Vec<u64>);

impl Output for Hashes {
    fn to_python<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        (&self.0).into_pyobject(py)
    }
}

/// `rustworthy_workloads.string_hash`
#[pymodule(submodule)]
#[pyo3(name = "string_hash")]
pub(crate) mod python {
    use super::*;

    /// The hash of each text, after copying it as UTF-8.
    #[pyfunction]
    fn of_strings(texts: Vec<String>) -> Vec<u64> {
        texts.iter().map(|text| hash(text)).collect()
    }

    /// The hash of each text, without a copy.
    #[pyfunction]
    fn in_place(texts: &Bound<'_, PyAny>) -> PyResult<Vec<u64>> {
        texts.try_iter()?.map(|text| hash_in_place(text?.cast()?)).collect()
    }

    /// The hash of each of the `bytes` objects, over its bytes.
    #[pyfunction]
    fn of_bytes(texts: Vec<Bound<'_, PyBytes>>) -> Vec<u64> {
        texts.iter().map(|text| hash_units(text.as_bytes())).collect()
    }
}
