//! `rustworthy decide`: leave it, fix the algorithm, use a library, compile it, upgrade Python, or migrate; with reasons
//! and a price.

use anyhow::Result;
use rustworthy_engine::decide::{Deciding, DecisionMade, decide};
use rustworthy_engine::verdict::Outcome;

use crate::arguments::DecideArguments;
use crate::exit::Exit;
use crate::printer::Printer;
use crate::save::tell_page;
use crate::surroundings::Surroundings;
use crate::{render, requests};

pub(crate) fn run(arguments: &DecideArguments, printer: &Printer) -> Result<Exit> {
    let surroundings = Surroundings::new(printer)?;
    let request = requests::decide(arguments)?;
    let made = surroundings.ask(|context| decide(context, &request))?;
    let DecisionMade { decision, folder, outcome } = match made {
        Deciding::Made(made) => *made,
        Deciding::Nothing(outcome) => return Ok(of_nothing(outcome)),
    };
    printer.result(&render::decision(&decision, arguments.deciding.result.format, arguments.json_version, printer))?;
    tell_page(&folder, printer);
    Ok(match outcome {
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::Fine | Outcome::NothingRun => Exit::Fine,
    })
}

/// How it ends where there was nothing to decide. What failed was told when it did.
pub(crate) fn of_nothing(outcome: Outcome) -> Exit {
    match outcome {
        Outcome::ContenderFailed => Exit::ContenderFailed,
        Outcome::Fine | Outcome::NothingRun => Exit::NothingRun,
    }
}
