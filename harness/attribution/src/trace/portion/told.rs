//! What a request's trace tells of how it was sampled, in a byte.

use crate::trace::sampling::{Mark, Source};

/// The number of the source is in the lowest three bits, 0 for none.
const SOURCE: u8 = 7;
const CHOSEN: u8 = 8;
const LIMITED: u8 = 16;
const THINNED: u8 = 32;

/// What a request's trace tells of how it was sampled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::trace) struct Told(u8);

impl Told {
    /// What the mark of a request tells.
    pub(in crate::trace) fn of(mark: Mark) -> Self {
        let source = mark.weight.map_or(0, |(_, source)| source as u8);
        let is_thinned = mark.weight.is_some_and(|(weight, _)| weight > 1.0);
        let is = |is: bool, flag: u8| if is { flag } else { 0 };
        Self(source | is(mark.is_chosen, CHOSEN) | is(mark.is_limited, LIMITED) | is(is_thinned, THINNED))
    }

    /// The same, and what was told of all.
    pub(in crate::trace) fn and(self, of_all: Self) -> Self {
        Self(self.0 | of_all.0 & (CHOSEN | LIMITED))
    }

    /// By what it is known how many requests it stands for.
    pub(in crate::trace) fn source(self) -> Option<Source> {
        Source::of(u64::from(self.0 & SOURCE))
    }

    /// Its trace was chosen after its end.
    pub(in crate::trace) fn is_chosen(self) -> bool {
        self.0 & CHOSEN != 0
    }

    /// Its trace was kept as one of so many a second.
    pub(in crate::trace) fn is_limited(self) -> bool {
        self.0 & LIMITED != 0
    }

    /// Others like it weren't kept.
    pub(in crate::trace) fn is_sampled(self) -> bool {
        self.0 & (CHOSEN | LIMITED | THINNED) != 0
    }

    /// As files have it.
    pub(in crate::trace) fn to_bits(self) -> u8 {
        self.0
    }

    /// What files have; `None` where that can't be.
    pub(in crate::trace) fn from_bits(bits: u8) -> Option<Self> {
        let is_known = bits & !(SOURCE | CHOSEN | LIMITED | THINNED) == 0;
        let has_source = bits & SOURCE == 0 || Source::of(u64::from(bits & SOURCE)).is_some();
        (is_known && has_source).then_some(Self(bits))
    }
}
