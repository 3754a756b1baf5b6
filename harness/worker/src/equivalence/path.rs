//! Where in a value something stands, in Python's syntax.

use super::repr::repr;
use super::text::is_identifier;
use super::value::Value;

/// One step from a value into its parts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'v> {
    /// `[3]`
    Index(usize),
    /// `.name` for a key that could be an attribute, otherwise `['a b']` or `[7]`.
    Key(&'v Value),
    /// `.name`
    Field(&'v str),
    /// `['name']`, of a frame or a structured array.
    Column(&'v Value),
    /// `['name']` of a structured array.
    FieldOfArray(&'v str),
    /// `.index`
    RowLabels,
    /// `[1, 2]`: the flat index into an array of that shape.
    Element(usize, &'v [usize]),
}

/// Steps at each end that are shown of a long path.
const SHOWN: usize = 10;

/// The path as text; nothing for the value itself.
pub(super) fn render(steps: &[Step<'_>]) -> String {
    let text = |steps: &[Step<'_>]| steps.iter().map(render_step).collect::<String>();
    if steps.len() <= 2 * SHOWN + 1 {
        return text(steps);
    }
    format!("{}…{}", text(&steps[..SHOWN]), text(&steps[steps.len() - SHOWN..]))
}

fn render_step(step: &Step<'_>) -> String {
    match step {
        Step::Index(index) => format!("[{index}]"),
        Step::Key(Value::Str(name)) if is_identifier(name) => format!(".{}", String::from_utf8_lossy(name)),
        Step::Key(name) | Step::Column(name) => format!("[{}]", repr(name)),
        Step::Field(name) if is_identifier(name.as_bytes()) => format!(".{name}"),
        Step::Field(name) | Step::FieldOfArray(name) => format!("[{}]", repr(&Value::Str((*name).into()))),
        Step::RowLabels => ".index".into(),
        Step::Element(index, shape) => render_element(*index, shape),
    }
}

fn render_element(index: usize, shape: &[usize]) -> String {
    let mut rest = index;
    let mut indices = shape
        .iter()
        .rev()
        .map(|&length| {
            let index = rest.checked_rem(length).unwrap_or(0);
            rest = rest.checked_div(length).unwrap_or(0);
            index.to_string()
        })
        .collect::<Vec<_>>();
    indices.reverse();
    format!("[{}]", if indices.is_empty() { "()".into() } else { indices.join(", ") })
}
