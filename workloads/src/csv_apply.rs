//! `csv-apply`: the net revenue of every order in a CSV file.
//!
//! Records are RFC 4180 with a header: quoted fields may hold commas, line breaks and doubled quotes, lines end
//! in LF or CRLF. Numbers are what Python's `float` reads in ASCII; its further spellings (`1_000`, digits of
//! other scripts) are a `ValueError` here.

#[cfg(feature = "python")]
pub(crate) mod face;
mod pieces;

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;

use csv::{ByteRecord, Reader, ReaderBuilder};
use rayon::prelude::*;

use crate::endpoint::{Endpoint, Refusal};
use pieces::pieces;

/// Fields that stand for a missing value, quoted or not.
const MISSING: [&str; 4] = ["", "NA", "NaN", "null"];

/// Currency symbols and what one unit is worth.
const RATES: [(char, f64); 4] = [('$', 0.92), ('€', 1.0), ('£', 1.17), ('¥', 0.0061)];

/// Factor for express delivery.
const EXPRESS: f64 = 1.15;

/// Price of one engraved code point.
const ENGRAVED: f64 = 0.25;

/// Pieces of a file for each thread, so that threads end at about the same time.
const PIECES_PER_THREAD: usize = 4;

/// Requests: the contents of a file, or its path. Response: the net revenues, little-endian float64.
pub(crate) const ENDPOINTS: &[Endpoint] = &[
    Endpoint { name: "csv-apply", reads_files: false, respond: |text| Ok(little_endian(&net_revenues_of(text)?)) },
    Endpoint {
        name: "csv-apply-path",
        reads_files: true,
        respond: |path| Ok(little_endian(&net_revenues(Path::new(OsStr::from_bytes(path)))?)),
    },
];

fn little_endian(numbers: &[f64]) -> Vec<u8> {
    numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
}

/// The net revenue of each order in a file, in its order; NaN where amount or quantity is missing.
///
/// # Errors
/// The `OSError` of reading it; `UnicodeDecodeError` where it isn't UTF-8; `ValueError` where it is empty, lacks a
/// column, ends within quotes, or has a number that is none or an unknown currency.
pub fn net_revenues(path: &Path) -> Result<Vec<f64>, Refusal> {
    net_revenues_of(&read(path)?)
}

/// The same on one thread.
///
/// # Errors
/// The same.
pub fn net_revenues_serial(path: &Path) -> Result<Vec<f64>, Refusal> {
    let text = read(path)?;
    let (columns, body) = header(&text)?;
    // Refuses a file that ends within quotes.
    pieces(body, 1)?;
    columns.revenues(body)
}

/// As published: reads every record and does nothing with it.
///
/// # Errors
/// The `OSError` of reading the file; `UnicodeDecodeError` where it isn't UTF-8; `ValueError` where records differ in length.
pub fn article(path: &Path) -> Result<(), Refusal> {
    let refusal = |error: csv::Error| match error.kind() {
        csv::ErrorKind::Utf8 { .. } => Refusal::new("UnicodeDecodeError", error.to_string()),
        csv::ErrorKind::Io(_) => io::Error::from(error).into(),
        _ => bad_value(error.to_string()),
    };
    let mut reader = Reader::from_path(path).map_err(refusal)?;
    reader.records().try_for_each(|record| record.map(drop).map_err(refusal))
}

fn read(path: &Path) -> Result<Vec<u8>, Refusal> {
    fs::read(path).map_err(|error| Refusal::unreadable(path, &error))
}

/// The same of a file's contents.
///
/// # Errors
/// The same but those of reading.
pub fn net_revenues_of(text: &[u8]) -> Result<Vec<f64>, Refusal> {
    let (columns, body) = header(text)?;
    let pieces = pieces(body, rayon::current_num_threads() * PIECES_PER_THREAD)?;
    let revenues: Vec<_> = pieces.into_par_iter().map(|piece| columns.revenues(piece)).collect::<Result<_, _>>()?;
    Ok(revenues.concat())
}

/// One order, with nothing for a missing value.
struct Order<'a> {
    amount: Option<&'a str>,
    quantity: Option<&'a str>,
    express: Option<&'a str>,
    engraving: Option<&'a str>,
}

impl Order<'_> {
    fn net_revenue(&self) -> Result<f64, Refusal> {
        let (Some(amount), Some(quantity)) = (self.amount, self.quantity) else { return Ok(f64::NAN) };
        let mut revenue = price(amount)? * number(quantity)?;
        if self.express == Some("yes") {
            revenue *= EXPRESS;
        }
        if let Some(engraving) = self.engraving {
            revenue += ENGRAVED * engraving.chars().count() as f64;
        }
        Ok(revenue)
    }
}

/// Reads an amount such as `€1,234.56`.
fn price(amount: &str) -> Result<f64, Refusal> {
    let mut rest = amount.chars();
    let symbol = rest.next();
    let rate = RATES.iter().find(|(known, _)| Some(*known) == symbol);
    let (_, rate) = rate.ok_or_else(|| bad_value(format!("unknown currency: {amount:?}")))?;
    Ok(number(&rest.as_str().replace(',', ""))? * rate)
}

fn number(text: &str) -> Result<f64, Refusal> {
    text.trim().parse().map_err(|_| bad_value(format!("could not convert string to float: {text:?}")))
}

/// Where a file has the columns of an order.
struct Columns {
    amount: usize,
    quantity: usize,
    express: usize,
    engraving: usize,
}

impl Columns {
    fn of(header: &ByteRecord) -> Result<Self, Refusal> {
        let names = header.iter().map(decode).collect::<Result<Vec<_>, _>>()?;
        let column = |name| {
            names.iter().position(|found| *found == name).ok_or_else(|| {
                let found = names.join(", ");
                bad_value(format!("column {name:?} not found; the file has {found}"))
            })
        };
        Ok(Self {
            amount: column("amount")?,
            quantity: column("quantity")?,
            express: column("express")?,
            engraving: column("engraving")?,
        })
    }

    /// The net revenues of a piece of a file that holds whole records.
    fn revenues(&self, piece: &[u8]) -> Result<Vec<f64>, Refusal> {
        let mut reader = reader(piece);
        let mut record = ByteRecord::new();
        let mut revenues = Vec::new();
        while reader.read_byte_record(&mut record).map_err(io::Error::from)? {
            if !is_blank(&record) {
                revenues.push(self.order(&record)?.net_revenue()?);
            }
        }
        Ok(revenues)
    }

    /// As pandas does with `usecols`: fields that are too many are dropped, and those of other columns aren't decoded.
    fn order<'a>(&self, record: &'a ByteRecord) -> Result<Order<'a>, Refusal> {
        let field = |index| record.get(index).map(decode).transpose();
        let present = |text: &&str| !MISSING.contains(text);
        Ok(Order {
            amount: field(self.amount)?.filter(present),
            quantity: field(self.quantity)?.filter(present),
            express: field(self.express)?.filter(present),
            engraving: field(self.engraving)?.filter(present),
        })
    }
}

/// Whether a line holds nothing but blanks; empty lines never get here.
fn is_blank(record: &ByteRecord) -> bool {
    record.len() == 1 && record.get(0).is_some_and(|field| !field.is_empty() && field.trim_ascii().is_empty())
}

fn decode(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes)
        .map_err(|error| Refusal::new("UnicodeDecodeError", format!("{error}: {:?}", String::from_utf8_lossy(bytes))))
}

/// Splits a file into its columns and the records below the header.
fn header(text: &[u8]) -> Result<(Columns, &[u8]), Refusal> {
    let mut reader = reader(text);
    let mut header = ByteRecord::new();
    if !reader.read_byte_record(&mut header).map_err(io::Error::from)? {
        return Err(bad_value("no columns to parse: the file is empty"));
    }
    let end = usize::try_from(reader.position().byte()).unwrap_or(text.len());
    Ok((Columns::of(&header)?, &text[end..]))
}

fn reader(text: &[u8]) -> Reader<&[u8]> {
    ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text)
}

fn bad_value(message: impl Into<String>) -> Refusal {
    Refusal::new("ValueError", message)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADER: &str = "amount,quantity,express,engraving\r\n";

    /// The net revenues of a file of these bytes.
    fn revenues_of(file: &[u8]) -> Result<Vec<f64>, Refusal> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("orders.csv");
        fs::write(&path, file).unwrap();
        net_revenues(&path)
    }

    /// The same below the usual header.
    fn revenues(records: &str) -> Result<Vec<f64>, Refusal> {
        revenues_of(format!("{HEADER}{records}").as_bytes())
    }

    #[test]
    fn an_order_is_worth_its_price_times_quantity_in_euros() {
        assert_eq!(revenues("€12.50,3,no,\r\n").unwrap(), [37.5]);
        assert_eq!(revenues("\"$1,234.50\",2,no,\n").unwrap(), [1234.50 * 0.92 * 2.0]);
        assert_eq!(revenues("€-1.00,2,yes,abc").unwrap(), [-2.0 * 1.15 + 0.25 * 3.0]);
    }

    #[test]
    fn engravings_are_counted_in_code_points() {
        assert_eq!(revenues("€0,1,no,Zoë\n€0,1,no,\"a\"\"b,\r\n\"\n").unwrap(), [0.75, 1.5]);
    }

    #[test]
    fn missing_values_are_missing_whether_quoted_or_not() {
        let revenues = revenues("NA,1,no,x\n€1,\"null\",no,x\n\"\",1,no,x\n€1,NaN,no,x\n€1\n€1,1,NA,\"NA\"\n").unwrap();
        assert!(revenues[..5].iter().all(|revenue| revenue.is_nan()));
        assert_eq!(revenues[5..], [1.0]);
    }

    #[test]
    fn the_header_says_where_the_columns_are() {
        let file = "\u{feff}engraving,id,\"quantity\",express,amount\nx,1,2,no,€3\n".as_bytes();
        assert_eq!(revenues_of(file).unwrap(), [6.25]);
        assert_eq!(revenues("").unwrap(), [0.0; 0]);
    }

    #[test]
    fn records_are_read_as_leniently_as_pandas_reads_them() {
        let file = b"amount,quantity,express,engraving,note\n \n\n$1,1,no,x,Zo\xeb,y\r\n$1,1,no,\"a\"b\"\n";
        assert_eq!(revenues_of(file).unwrap(), [0.92 + 0.25, 0.92 + 0.75]);
    }

    #[test]
    fn bad_files_are_value_errors() {
        let files = [
            "",
            "amount,quantity\n",
            "amount,quantity,express,engraving\n€1,1,no,\"cut off",
            "amount,quantity,express,engraving\n€one,1,no,x\n",
            "amount,quantity,express,engraving\n€1,1_0,no,x\n",
            "amount,quantity,express,engraving\n1.00,1,no,x\n",
        ];
        for file in files {
            assert_eq!(revenues_of(file.as_bytes()).unwrap_err().exception, "ValueError", "{file:?}");
        }
    }

    #[test]
    fn unreadable_files_raise_what_python_raises() {
        let missing = net_revenues(Path::new("no-such-file.csv")).unwrap_err();
        assert_eq!(missing.exception, "FileNotFoundError");
        let latin_1 = revenues_of(b"amount,quantity,express,engraving\n$1,1,no,Zo\xeb\n").unwrap_err();
        assert_eq!(latin_1.exception, "UnicodeDecodeError");
    }

    proptest! {
        #[test]
        fn no_file_makes_it_panic(file in prop::collection::vec(prop_oneof![Just(b'"'), Just(b','), Just(b'\n'), any::<u8>()], 0..60)) {
            let _ = revenues_of(&[HEADER.as_bytes(), &file].concat());
        }
    }
}
