//! `[cost]`, `[goal]` and `[gate]`

use super::form::{Bounds, Form, LATENCY, PERCENT};
use super::shared::NAME;
use super::table::{Key, Need, Others, Table};

pub(super) static COST: Table = Table {
    id: "cost",
    heading: "[cost]",
    about: "Prices for `rustworthy decide`. Without them decisions go by speed and p99 alone.",
    keys: &[
        Key {
            name: "core-hour",
            form: Form::Number(Bounds::Positive),
            need: Need::Required { remedy: "add the price of a core for an hour" },
            about: "Price of one core for an hour.",
        },
        Key {
            name: "requests-per-month",
            form: Form::Number(Bounds::Positive),
            need: Need::Optional,
            about: "Volume of the scenarios. A workload in none of them has `calls-per-month` of its own.",
        },
        Key {
            name: "engineer-day",
            form: Form::Number(Bounds::NotNegative),
            need: Need::With("migration-days"),
            about: "Price of a day of work.",
        },
        Key {
            name: "migration-days",
            form: Form::Number(Bounds::NotNegative),
            need: Need::With("engineer-day"),
            about: "Days that one migration takes.",
        },
        Key {
            name: "horizon-months",
            form: Form::Number(Bounds::Positive),
            need: Need::Default("12"),
            about: "Months within which a migration has to pay back.",
        },
        Key {
            name: "currency",
            form: Form::Text("a currency such as \"USD\""),
            need: Need::Default("\"USD\""),
            about: "What the prices are in.",
        },
    ],
    others: None,
};

pub(super) static GOAL: Table = Table {
    id: "goal",
    heading: "[goal]",
    about: "The one benefit that counts for `rustworthy decide`: `p99` or `cost`, not both. Without it, either does.",
    keys: &[
        Key {
            name: "p99",
            form: Form::Written(&LATENCY),
            need: Need::Optional,
            about: "The 99th percentile of latency to reach.",
        },
        Key {
            name: "cost",
            form: Form::Boolean,
            need: Need::Default("false"),
            about: "`true`: a payback within the horizon.",
        },
    ],
    others: None,
};

pub(super) static GATE: Table = Table {
    id: "gate",
    heading: "[gate]",
    about: "Changes beyond which `rustworthy gate` fails.",
    keys: &[
        Key {
            name: "fail-over",
            form: Form::Written(&PERCENT),
            need: Need::Default("\"5%\""),
            about: "Slowdown beyond which the gate fails.",
        },
        P99,
        PEAK_MEMORY,
        Key {
            name: "workload",
            form: Form::table(&GATE_WORKLOADS),
            need: Need::Optional,
            about: "Limits of single workloads, by name.",
        },
    ],
    others: None,
};

static GATE_WORKLOADS: Table = Table {
    id: "gate-workloads",
    heading: "[gate.workload]",
    about: "Limits of single workloads.",
    keys: &[],
    others: Some(Others {
        name: "NAME",
        pattern: NAME,
        form: Form::table(&GATE_WORKLOAD),
        about: "Limits of this workload.",
    }),
};

static GATE_WORKLOAD: Table = Table {
    id: "gate-workload",
    heading: "[gate.workload.NAME]",
    about: "Limits of one workload, which go before those of all. At least one has to be there.",
    keys: &[
        Key {
            name: "fail-over",
            form: Form::Written(&PERCENT),
            need: Need::Optional,
            about: "Slowdown beyond which the gate fails.",
        },
        P99,
        PEAK_MEMORY,
    ],
    others: None,
};

const P99: Key = Key {
    name: "fail-over-p99",
    form: Form::Written(&PERCENT),
    need: Need::Optional,
    about: "The same for the 99th percentile of calls, which is gated only where this is given.",
};

const PEAK_MEMORY: Key = Key {
    name: "fail-over-memory",
    form: Form::Written(&PERCENT),
    need: Need::Optional,
    about: "The same for peak memory, which is gated only where this is given.",
};
