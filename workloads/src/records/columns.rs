//! Orders as columns: what the kernels work on.

use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::country::{Country, Sums};
use super::text;
use super::texts::Texts;
use crate::endpoint::Refusal;

/// Orders that a thread processes at a time, some 200 µs of work.
const CHUNK: usize = 2_048;

/// The columns of orders that are worked on, all of the same length.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Columns {
    /// Names of customers.
    pub name: Texts,
    /// Their addresses.
    pub email: Texts,
    /// Codes of countries.
    pub country: Texts,
    /// Prices without tax, with commas between thousands.
    pub amount: Texts,
}

/// The columns of the orders that are plausible.
#[derive(Debug, Default, PartialEq, Serialize)]
pub struct Processed {
    /// Which orders they are: indices into the [`Columns`].
    pub row: Vec<usize>,
    /// Names with single spaces.
    pub name: Texts,
    /// Addresses in lower case.
    pub email: Texts,
    /// Countries.
    pub country: Vec<Country>,
    /// Prices without tax.
    pub amount: Vec<f64>,
    /// Taxes.
    pub tax: Vec<f64>,
    /// Prices with tax.
    pub total: Vec<f64>,
    /// Shares of the totals in the sum of all totals of the country.
    pub share: Vec<f64>,
}

/// Processes orders on one thread.
///
/// # Errors
/// Those of the first order that has one: `ValueError` for an amount that is no number, `KeyError` for an unknown
/// country of a plausible order.
pub fn serial(orders: &Columns) -> Result<Processed, Refusal> {
    Ok(orders.taxed(0..orders.len())?.with_shares())
}

/// The same on all threads of the rayon pool.
///
/// # Errors
/// The same.
pub fn parallel(orders: &Columns) -> Result<Processed, Refusal> {
    let chunks = (0..orders.len().div_ceil(CHUNK)).into_par_iter();
    let chunks: Vec<_> =
        chunks.map(|chunk| orders.taxed(chunk * CHUNK..orders.len().min((chunk + 1) * CHUNK))).collect();
    let mut all = Processed::with_capacity(orders.len());
    for chunk in chunks {
        all.append(chunk?);
    }
    Ok(all.with_shares())
}

impl Columns {
    /// No orders, with room for so many.
    pub(super) fn with_capacity(orders: usize) -> Self {
        let [name, email, country, amount] = [(); 4].map(|()| Texts::with_capacity(orders));
        Self { name, email, country, amount }
    }

    /// How many orders there are.
    pub fn len(&self) -> usize {
        self.name.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether all columns are of the same length.
    pub(super) fn is_rectangular(&self) -> bool {
        [&self.email, &self.country, &self.amount].iter().all(|column| column.len() == self.len())
    }

    /// All steps but the shares, for which all orders have to be known.
    fn taxed(&self, rows: Range<usize>) -> Result<Processed, Refusal> {
        let mut processed = Processed::with_capacity(rows.len());
        for row in rows {
            let amount = text::checked_amount(self.amount.get(row))?;
            if text::is_plausible(amount) {
                let country = Country::parse(self.country.get(row))?;
                let tax = amount * country.rate();
                processed.row.push(row);
                processed.name.push(&text::collapsed(self.name.get(row)));
                processed.email.push(&text::lower(text::stripped(self.email.get(row))));
                processed.country.push(country);
                processed.amount.push(amount);
                processed.tax.push(tax);
                processed.total.push(amount + tax);
            }
        }
        Ok(processed)
    }
}

impl Processed {
    fn with_capacity(orders: usize) -> Self {
        Self {
            row: Vec::with_capacity(orders),
            name: Texts::with_capacity(orders),
            email: Texts::with_capacity(orders),
            country: Vec::with_capacity(orders),
            amount: Vec::with_capacity(orders),
            tax: Vec::with_capacity(orders),
            total: Vec::with_capacity(orders),
            share: Vec::new(),
        }
    }

    fn append(&mut self, mut other: Self) {
        self.row.append(&mut other.row);
        self.name.append(&other.name);
        self.email.append(&other.email);
        self.country.append(&mut other.country);
        self.amount.append(&mut other.amount);
        self.tax.append(&mut other.tax);
        self.total.append(&mut other.total);
    }

    /// Adds in the order of the orders, as Python does: another one would round differently.
    fn with_shares(mut self) -> Self {
        let orders = || self.country.iter().copied().zip(self.total.iter().copied());
        let mut sums = Sums::default();
        orders().for_each(|(country, total)| sums.add(country, total));
        self.share = orders().map(|(country, total)| sums.share(country, total)).collect();
        self
    }
}
