//! Orders as the messages of `proto/routes.proto`.

use super::columns::{Columns, Processed};
use crate::messages::{ProcessedRecord, Record, RecordsResponse};

impl Columns {
    /// The columns of these messages.
    pub(super) fn of_messages(records: &[Record]) -> Self {
        let mut columns = Self::with_capacity(records.len());
        for record in records {
            columns.name.push(&record.name);
            columns.email.push(&record.email);
            columns.country.push(&record.country);
            columns.amount.push(&record.amount);
        }
        columns
    }
}

impl Processed {
    /// One message for each order.
    pub(super) fn to_message(&self) -> RecordsResponse {
        let records = self.row.iter().enumerate().map(|(index, &row)| ProcessedRecord {
            row: row as u64,
            name: self.name.get(index).to_owned(),
            email: self.email.get(index).to_owned(),
            country: self.country[index].code().to_owned(),
            amount: self.amount[index],
            tax: self.tax[index],
            total: self.total[index],
            share: self.share[index],
        });
        RecordsResponse { records: records.collect() }
    }
}
