//! `[scenario.NAME]`

use super::super::project::Gaps;
use super::form::{Bounds, Choice, Form, TARGET, Word};
use super::shared::{NAME, REQUIREMENTS};
use super::table::{Key, Need, Others, Table};
use super::workload::EQUAL;

pub(super) static SCENARIOS: Table = Table {
    id: "scenarios",
    heading: "[scenario]",
    about: "Scenarios by name.",
    keys: &[],
    others: Some(Others {
        name: "NAME",
        pattern: NAME,
        form: Form::table(&SCENARIO),
        about: "A scenario: an application and its load.",
    }),
};

const ENTRIES: &[&str] = &["handler", "wsgi", "asgi"];

static SCENARIO: Table = Table {
    id: "scenario",
    heading: "[scenario.NAME]",
    about: "An application under load, for `rustworthy attribute` and `decide`.",
    keys: &[
        Key {
            name: "handler",
            form: Form::Written(&TARGET),
            need: Need::OneOf(ENTRIES),
            about: "`callable(request) -> response`.",
        },
        Key {
            name: "wsgi",
            form: Form::Written(&TARGET),
            need: Need::OneOf(ENTRIES),
            about: "A WSGI application, in place of `handler`.",
        },
        Key {
            name: "asgi",
            form: Form::Written(&TARGET),
            need: Need::OneOf(ENTRIES),
            about: "An ASGI application, in place of `handler`.",
        },
        REQUIREMENTS,
        Key {
            name: "requests",
            form: Form::Written(&TARGET),
            need: Need::Required { remedy: "add `requests = \"module:callable\"`" },
            about: "`callable(count: int, seed: int)` that returns the sequence of requests. For `wsgi` and `asgi` each is a \
                    dict with `method`, `path`, `headers` and `body`.",
        },
        Key {
            name: "count",
            form: Form::Whole(1),
            need: Need::Required { remedy: "add `count = 3000`" },
            about: "How many requests. With fewer than 1,000 nothing is said about p99.",
        },
        Key {
            name: "arrivals",
            form: Form::Table {
                table: &ARRIVALS,
                expected: "a table such as { process = \"poisson\", utilization = 0.7 }",
            },
            need: Need::Required { remedy: "add `arrivals = { process = \"poisson\", utilization = 0.7 }`" },
            about: "When they arrive.",
        },
        Key {
            name: "servers",
            form: Form::Whole(1),
            need: Need::Default("1"),
            about: "How many requests are answered at the same time, each by a thread of its own.",
        },
        Key {
            name: "concurrency",
            form: Form::Whole(1),
            need: Need::Default("1"),
            about: "How many requests are answered at the same time on one event loop, as its tasks: of a `handler` that is a \
                    coroutine function, or of `asgi`.",
        },
        Key {
            name: "candidates",
            form: Form::List {
                of: &Form::Written(&TARGET),
                least: 1,
                expected: "a list of functions such as [\"service:validate\"]",
            },
            need: Need::Optional,
            about: "Functions that may be worth migrating. Without it they are found by sampling.",
        },
        Key {
            name: "equal",
            form: EQUAL,
            need: Need::Default("\"exact\""),
            about: "How responses before and after a migration are compared.",
        },
        Key {
            name: "migrated",
            form: Form::table(&MIGRATED),
            need: Need::Optional,
            about: "A real migration to hold projections against.",
        },
    ],
    others: None,
};

static MIGRATED: Table = Table {
    id: "migrated",
    heading: "[scenario.NAME.migrated]",
    about: "A real migration: each function is replaced wherever it is bound, and what the projection said is shown beside \
            what is measured then.",
    keys: &[],
    others: Some(Others {
        name: "\"module:callable\"",
        pattern: r"^[^\s:./()-]+(\.[^\s:./()-]+)*:[^\s:./()-]+(\.[^\s:./()-]+)*$",
        form: Form::Written(&TARGET),
        about: "What stands in place of this function.",
    }),
};

static ARRIVALS: Table = Table {
    id: "arrivals",
    heading: "arrivals = { … }",
    about: "When the requests of a scenario arrive. `poisson` and `fixed` need exactly one of `utilization` and `rate`; `closed` \
            takes neither.",
    keys: &[
        Key {
            name: "process",
            form: Form::Choice(&PROCESSES),
            need: Need::Required { remedy: "it can be 'poisson', 'fixed' or 'closed'" },
            about: "How the gaps between them are drawn.",
        },
        Key {
            name: "utilization",
            form: Form::Number(Bounds::Share),
            need: Need::Optional,
            about: "Share of the time that a server is busy, from which the rate follows.",
        },
        Key { name: "rate", form: Form::Number(Bounds::Positive), need: Need::Optional, about: "Requests per second." },
    ],
    others: None,
};

/// Values of `process`: the two sorts of arrivals that are known by their gaps, and the one that has none.
pub(crate) static PROCESSES: Choice<Option<Gaps>> = Choice(&[
    Word { name: "poisson", about: "at random, with exponentially distributed gaps", value: Some(Gaps::Poisson) },
    Word { name: "fixed", about: "at equal distances", value: Some(Gaps::Fixed) },
    Word { name: "closed", about: "each when the one before it is answered", value: None },
]);
