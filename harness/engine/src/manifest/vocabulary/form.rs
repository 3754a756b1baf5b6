//! What values look like.

use std::fmt;

use super::super::suggest::alternatives;
use super::table::Table;

/// What the value of a key looks like.
#[derive(Debug)]
pub(crate) enum Form {
    /// A string that isn't blank; the text says what it is.
    Text(&'static str),
    /// A string in some notation.
    Written(&'static Notation),
    /// One of a few words.
    Choice(&'static (dyn Words + Sync)),
    Boolean,
    /// A whole number of at least this.
    Whole(u64),
    /// A finite number, whole or not.
    Number(Bounds),
    /// An array.
    List {
        /// What its elements look like.
        of: &'static Form,
        /// How many there have to be.
        least: usize,
        /// What it is, for messages.
        expected: &'static str,
    },
    /// A table.
    Table {
        /// Its keys.
        table: &'static Table,
        /// What it is, for messages.
        expected: &'static str,
    },
    /// One of several forms.
    Either {
        /// Which they are.
        forms: &'static [Form],
        /// What they are together, for messages.
        expected: &'static str,
    },
}

impl Form {
    /// A table about which there is nothing more to say in messages.
    pub(super) const fn table(table: &'static Table) -> Self {
        Self::Table { table, expected: "a table" }
    }

    /// What is expected, as the middle of a message.
    pub(crate) fn expected(&self) -> String {
        match self {
            Self::Text(expected)
            | Self::List { expected, .. }
            | Self::Table { expected, .. }
            | Self::Either { expected, .. } => (*expected).to_owned(),
            Self::Written(notation) => format!("a string such as \"{}\"", notation.example),
            Self::Choice(choice) => alternatives(&choice.words().iter().map(|(word, _)| *word).collect::<Vec<_>>()),
            Self::Boolean => "true or false".to_owned(),
            Self::Whole(least) => format!("a whole number of at least {least}"),
            Self::Number(bounds) => bounds.expected().to_owned(),
        }
    }

    /// The form itself, or of several the one that is wanted.
    pub(crate) fn member(&'static self, wanted: impl Fn(&Self) -> bool) -> &'static Self {
        match self {
            Self::Either { forms, .. } => forms.iter().find(|form| wanted(form)).unwrap_or(self),
            _ => self,
        }
    }

    /// Ends a reader that doesn't go by the vocabulary.
    pub(crate) fn is_no(&self, what: &str) -> ! {
        panic!("the vocabulary expects {}, which isn't {what}", self.expected())
    }
}

/// A notation for strings.
#[derive(Debug)]
pub(crate) struct Notation {
    /// What it is called in the reference, in Markdown.
    pub(super) name: &'static str,
    /// A string that is written so.
    pub(super) example: &'static str,
    /// Regular expression that holds for all strings that are written so.
    pub(super) pattern: Option<&'static str>,
}

/// Which numbers are accepted.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bounds {
    /// Above 0.
    Positive,
    /// At least 0.
    NotNegative,
    /// Above 0 and below 1.
    Share,
}

impl Bounds {
    /// What is accepted, in words.
    pub(crate) fn expected(self) -> &'static str {
        match self {
            Self::Positive => "a number above 0",
            Self::NotNegative => "a number of at least 0",
            Self::Share => "a number above 0 and below 1",
        }
    }

    /// Whether a number is accepted.
    pub(crate) fn hold(self, number: f64) -> bool {
        number.is_finite()
            && match self {
                Self::Positive => number > 0.0,
                Self::NotNegative => number >= 0.0,
                Self::Share => number > 0.0 && number < 1.0,
            }
    }
}

/// A word that stands for something.
#[derive(Debug)]
pub(crate) struct Word<T> {
    pub(super) name: &'static str,
    /// What it means, in Markdown.
    pub(super) about: &'static str,
    /// What it is read as.
    pub(super) value: T,
}

/// Words of which a value has to be one.
#[derive(Debug)]
pub(crate) struct Choice<T: 'static>(pub(super) &'static [Word<T>]);

impl<T: Copy> Choice<T> {
    /// The words.
    pub(crate) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.0.iter().map(|word| word.name)
    }

    /// The word whose meaning names that one, unless it is too short to mean anything.
    pub(crate) fn meaning(&self, word: &str) -> Option<&'static str> {
        let word = word.to_lowercase();
        let names = |about: &str| about.to_lowercase().split(|one: char| !one.is_alphanumeric()).any(|one| one == word);
        self.0.iter().find(|one| word.len() > 3 && names(one.about)).map(|one| one.name)
    }

    /// What a word stands for, if it is one of these.
    pub(crate) fn find(&self, name: &str) -> Option<T> {
        self.0.iter().find(|word| word.name == name).map(|word| word.value)
    }
}

/// The words of a [`Choice`], whatever they stand for.
pub(crate) trait Words: fmt::Debug {
    /// Each word and what it means.
    fn words(&self) -> Vec<(&'static str, &'static str)>;
}

impl<T: fmt::Debug> Words for Choice<T> {
    fn words(&self) -> Vec<(&'static str, &'static str)> {
        self.0.iter().map(|word| (word.name, word.about)).collect()
    }
}

/// The name of a Python callable.
pub(super) static TARGET: Notation = Notation {
    name: "`\"module:callable\"`",
    example: "module:callable",
    pattern: Some(r"^[^\s:./()-]+(\.[^\s:./()-]+)*:[^\s:./()-]+(\.[^\s:./()-]+)*$"),
};

/// The path of parts of an output.
pub(super) static PART: Notation = Notation { name: "path", example: "[*].id", pattern: Some(r"^\s*\S.*$") };

/// What makes an input.
pub(super) static INPUT: Notation = Notation {
    name: "`\"module:callable\"` or `\"capture:NAME\"`",
    example: "module:callable",
    pattern: Some(r"^(capture:[a-z0-9-]+|[^\s:./()-]+(\.[^\s:./()-]+)*:[^\s:./()-]+(\.[^\s:./()-]+)*)$"),
};

const DURATION_PATTERN: Option<&str> = Some(r"^\s*[0-9]+(\.[0-9]+)?\s*(ns|us|µs|ms|s|m|h)\s*$");
const MEMORY_PATTERN: Option<&str> = Some(r"^\s*[0-9]+(\.[0-9]+)?\s*([kKmMgGtT][iI]?)?[bB]\s*$");

/// A duration in seconds or minutes.
pub(super) static DURATION: Notation =
    Notation { name: "duration, such as `\"60s\"`", example: "60s", pattern: DURATION_PATTERN };

/// A duration of the order of a request.
pub(super) static LATENCY: Notation =
    Notation { name: "duration, such as `\"50ms\"`", example: "50ms", pattern: DURATION_PATTERN };

/// A limit of memory.
pub(super) static MEMORY: Notation =
    Notation { name: "size, such as `\"4GiB\"`", example: "4GiB", pattern: MEMORY_PATTERN };

/// Memory as it is published.
pub(super) static PUBLISHED_MEMORY: Notation =
    Notation { name: "size, such as `\"200MB\"`", example: "200MB", pattern: MEMORY_PATTERN };

/// A share.
pub(super) static PERCENT: Notation =
    Notation { name: "percentage, such as `\"5%\"`", example: "5%", pattern: Some(r"^\s*[0-9]+(\.[0-9]+)?\s*%\s*$") };

/// A word of a command line.
pub(super) static ARGUMENT: Notation = Notation { name: "string", example: "--release", pattern: None };

/// The value of an environment variable.
pub(super) static VARIABLE: Notation = Notation { name: "string", example: "1", pattern: None };

/// An address on this machine.
pub(super) static LOOPBACK_URL: Notation = Notation {
    name: "`http://` address on this machine",
    example: "http://127.0.0.1:{port}/healthz",
    pattern: Some(r"^http://(localhost|127\.[0-9.]+|\[[0-9a-fA-F:.]+\])(:(\{port\}|[0-9]+))?([/?#]\S*)?$"),
};

/// A way of comparing outputs that needs no numbers.
pub(super) static EQUALITY: Notation = Notation {
    name: "`\"exact\"`, `\"value\"` or `\"module:callable\"`",
    example: "exact",
    pattern: Some(r"^(exact|value|[^\s:./()-]+(\.[^\s:./()-]+)*:[^\s:./()-]+(\.[^\s:./()-]+)*)$"),
};
