//! Arrays and frames.

use std::borrow::Cow;

use super::{Compared, Walk};
use crate::equivalence::array::{Layout, dtype_name};
use crate::equivalence::path::{self, Step};
use crate::equivalence::repr::{repr, shape, summary};
use crate::equivalence::value::{Array, Column, Data, Form, Frame, Value};

impl<'v> Walk<'v> {
    /// Shape and elements, and when exact the element types.
    pub(super) fn arrays(&mut self, expected: &'v Array, got: &'v Array) -> Compared {
        if self.is_exact() && expected.dtype != got.dtype {
            return self.different_dtypes(&dtype_name(&expected.dtype), &dtype_name(&got.dtype));
        }
        if expected.shape != got.shape {
            return Err(self.differ(format!("shape {}", shape(&expected.shape)), shape(&got.shape)));
        }
        match (&expected.data, &got.data) {
            (Data::Fields(a), Data::Fields(b)) => self.structured(a, b),
            (Data::Fields(_), _) | (_, Data::Fields(_)) => self.different_dtypes(&expected.dtype, &got.dtype),
            (Data::Raw(a), Data::Raw(b)) if expected.dtype == got.dtype && a == b => Ok(()),
            _ => self.elements(expected, got, |index| Step::Element(index, &expected.shape)),
        }
    }

    fn different_dtypes(&self, expected: &str, got: &str) -> Compared {
        Err(self.differ_in(format!("dtypes {expected} and {got}"), format!("dtype {expected}"), got))
    }

    fn structured(&mut self, expected: &'v [(String, Value)], got: &'v [(String, Value)]) -> Compared {
        let names = |fields: &[(String, Value)]| fields.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        if names(expected) != names(got) {
            return Err(self.differ(format!("fields {}", names(expected).join(", ")), names(got).join(", ")));
        }
        for ((name, a), (_, b)) in expected.iter().zip(got) {
            self.at(Step::FieldOfArray(name), |walk| walk.values(a, b))?;
        }
        Ok(())
    }

    /// Elements one by one; those of the same type and bytes without comparing them one by one.
    fn elements(&mut self, expected: &'v Array, got: &'v Array, step: impl Fn(usize) -> Step<'v>) -> Compared {
        let (ours, theirs) = (Layout::of(expected), Layout::of(got));
        let same_dtype = expected.dtype == got.dtype;
        for index in 0..ours.length().max(theirs.length()) {
            if same_dtype && ours.raw(index).is_some() && ours.raw(index) == theirs.raw(index) {
                continue;
            }
            match (ours.element(index), theirs.element(index)) {
                (Cow::Borrowed(a), Cow::Borrowed(b)) => self.at(step(index), |walk| walk.values(a, b))?,
                (a, b) => self.decoded(&a, &b, step(index))?,
            }
        }
        Ok(())
    }

    /// Elements that don't live as long as the arrays. They have a walk of their own.
    fn decoded(&mut self, expected: &Value, got: &Value, step: Step<'v>) -> Compared {
        let mut walk = Walk::new(self.mode);
        let found = walk.values(expected, got);
        self.tolerated |= walk.tolerated;
        if found.is_ok() && walk.unknown.is_none() {
            return Ok(());
        }
        self.path.push(step);
        let place = path::render(&self.path);
        self.path.pop();
        if let (None, Some((inner, why))) = (&self.unknown, walk.unknown) {
            self.unknown = Some((format!("{place}{inner}"), why));
        }
        found.map_err(|mut difference| {
            difference.path.insert_str(0, &place);
            difference
        })
    }

    /// Columns by position and name, rows by index.
    pub(super) fn frames(&mut self, expected: &'v Frame, got: &'v Frame) -> Compared {
        if expected.form != got.form {
            return Err(self.differ(summary(expected), summary(got)));
        }
        self.labels(&expected.columns, &got.columns, expected.form)?;
        let (ours, theirs) = (rows(expected), rows(got));
        if ours != theirs {
            return Err(self.differ(format!("{ours} rows"), format!("{theirs} rows")));
        }
        self.indexes(expected, got)?;
        for (a, b) in expected.columns.iter().zip(&got.columns) {
            match expected.form {
                Form::Table => self.at(Step::Column(&a.name), |walk| walk.column(a, b))?,
                Form::Series | Form::Index => self.column(a, b)?,
            }
        }
        Ok(())
    }

    /// Labels of columns, or names of series and levels, which Python's `==` leaves out.
    fn labels(&mut self, expected: &'v [Column], got: &'v [Column], form: Form) -> Compared {
        let what = match form {
            Form::Table => "columns",
            Form::Series => "name",
            Form::Index => "names",
        };
        let matter = self.is_exact() || form == Form::Table;
        let differ = |(a, b): (&'v Column, &'v Column)| Walk::new(self.mode).values(&a.name, &b.name).is_err();
        if expected.len() == got.len() && !(matter && expected.iter().zip(got).any(differ)) {
            return Ok(());
        }
        Err(self.differ_in(what, format!("{what} {}", names(expected)), names(got)))
    }

    fn indexes(&mut self, expected: &'v Frame, got: &'v Frame) -> Compared {
        // Libraries without an index number their rows, as the others do by default.
        let bare = expected.index.is_empty() != got.index.is_empty();
        if !self.is_exact() && bare && counts_rows(&expected.index) && counts_rows(&got.index) {
            return Ok(());
        }
        self.at(Step::RowLabels, |walk| {
            if expected.index.len() != got.index.len() {
                return Err(walk.differ_in("the index", levels(&expected.index), levels(&got.index)));
            }
            walk.labels(&expected.index, &got.index, Form::Index)?;
            let several = expected.index.len() > 1;
            for (level, (a, b)) in expected.index.iter().zip(&got.index).enumerate() {
                match several {
                    true => walk.at(Step::Index(level), |walk| walk.column(a, b))?,
                    false => walk.column(a, b)?,
                }
            }
            Ok(())
        })
    }

    fn column(&mut self, expected: &'v Column, got: &'v Column) -> Compared {
        if self.is_exact() && expected.dtype != got.dtype {
            return self.different_dtypes(&expected.dtype, &got.dtype);
        }
        self.elements(&expected.values, &got.values, Step::Index)
    }
}

fn levels(index: &[Column]) -> String {
    match index.len() {
        0 => "no index".into(),
        1 => "1 level".into(),
        several => format!("{several} levels"),
    }
}

fn names(columns: &[Column]) -> String {
    columns.iter().map(|column| repr(&column.name)).collect::<Vec<_>>().join(", ")
}

fn rows(frame: &Frame) -> usize {
    frame.columns.first().or(frame.index.first()).map_or(0, |column| Layout::of(&column.values).length())
}

/// Whether an index, where there is one, only numbers the rows from 0.
fn counts_rows(index: &[Column]) -> bool {
    match index {
        [] => true,
        [level] => {
            let labels = Layout::of(&level.values);
            level.name == Value::None
                && (0..labels.length())
                    .all(|row| matches!(*labels.element(row), Value::Int(label) if label == row as i64))
        }
        _ => false,
    }
}
