//! `[workload.NAME]` and its claims.

use super::contender::CONTENDERS;
use rustworthy_protocol::Raises;

use super::form::{Bounds, Choice, EQUALITY, Form, INPUT, PART, PUBLISHED_MEMORY, TARGET, Word};
use super::shared::{NAME, REQUIREMENTS};
use super::table::{Key, Need, Others, Table};

pub(super) static WORKLOADS: Table = Table {
    id: "workloads",
    heading: "[workload]",
    about: "Workloads by name.",
    keys: &[],
    others: Some(Others {
        name: "NAME",
        pattern: NAME,
        form: Form::table(&WORKLOAD),
        about: "A workload: an input and the contenders that get it.",
    }),
};

static WORKLOAD: Table = Table {
    id: "workload",
    heading: "[workload.NAME]",
    about: "An input, and contenders that compute the same of it. The name consists of `a-z`, `0-9` and `-`, and isn't `all`.",
    keys: &[
        Key {
            name: "description",
            form: Form::Text("a line of text"),
            need: Need::Optional,
            about: "One line about it, for tables and reports.",
        },
        REQUIREMENTS,
        Key {
            name: "input",
            form: Form::Written(&INPUT),
            need: Need::Required { remedy: "add `input = \"module:callable\"`" },
            about: "`callable(size: int, seed: int)` that makes the input, any object. It is called once for each size and seed; \
                    contenders get equal, distinct copies of what it returns. Files belong into the folder that the environment \
                    variable `RUSTWORTHY_SCRATCH` names: return their `pathlib.Path`. Or `capture:NAME`, calls that `rustworthy capture` \
                    has recorded: contenders are called with the arguments of each, and sizes count calls.",
        },
        Key {
            name: "sizes",
            form: Form::Table { table: &SIZES, expected: "sizes by name such as { default = 1000 }" },
            need: Need::Required { remedy: "add `sizes = { default = 1000 }`" },
            about: "The sizes that `input` is called with, by name.",
        },
        Key {
            name: "bytes",
            form: Form::Written(&TARGET),
            need: Need::Optional,
            about: "`callable(input) -> int`, the size of an input in bytes. With it, throughput is shown.",
        },
        Key {
            name: "equal",
            form: EQUAL,
            need: Need::Default("\"exact\""),
            about: "How outputs of contenders are compared with that of the baseline.",
        },
        Key {
            name: "effects",
            form: Form::Choice(&EFFECTS),
            need: Need::Optional,
            about: "Of recorded calls: what a call leaves beside its result. Without it, that is `\"arguments\"`.",
        },
        Key {
            name: "raises",
            form: Form::Choice(&RAISES),
            need: Need::Optional,
            about: "Of recorded calls: what an exception counts as. Without it, that is `\"message\"`.",
        },
        Key {
            name: "replaces",
            form: Form::Written(&TARGET),
            need: Need::Optional,
            about: "The function of a scenario that this workload stands for, so that `decide` joins the two.",
        },
        Key {
            name: "calls-per-month",
            form: Form::Number(Bounds::Positive),
            need: Need::Optional,
            about: "How often it is called in a month, where no scenario determines it: calls with an input of the size that is measured.",
        },
        Key {
            name: "fresh-input",
            form: Form::Boolean,
            need: Need::Default("false"),
            about: "`true`: every call gets a new copy of the input, which is made outside of the timed region.",
        },
        Key {
            name: "unstable",
            form: Form::Choice(&UNSTABLE),
            need: Need::Optional,
            about: "Whether the baseline's output may differ from process to process. Nothing can be checked then, and there are no \
                    speedups; without it that is an error.",
        },
        Key {
            name: "contender",
            form: Form::table(&CONTENDERS),
            need: Need::Required { remedy: "add [….contender.NAME] with `python` and `baseline = true`" },
            about: "The contenders, by name. Exactly one is the baseline.",
        },
        Key {
            name: "claim",
            form: Form::List { of: &Form::table(&CLAIM), least: 0, expected: "[[….claim]] tables" },
            need: Need::Optional,
            about: "Published figures, each in a `[[workload.NAME.claim]]` of its own.",
        },
    ],
    others: None,
};

static SIZES: Table = Table {
    id: "sizes",
    heading: "sizes = { … }",
    about: "Sizes by name. A name consists of letters, digits, `-` and `_`, and isn't a number.",
    keys: &[
        Key {
            name: "default",
            form: Form::Whole(0),
            need: Need::Required { remedy: "add `default = 1000` or what suits" },
            about: "The size that is measured where no other is asked for.",
        },
        Key {
            name: "quick",
            form: Form::Whole(0),
            need: Need::Optional,
            about: "The size for `--quick`; without it, that is `default` too.",
        },
    ],
    others: Some(Others {
        name: "NAME",
        pattern: "^[A-Za-z0-9_-]*[A-Za-z_-][A-Za-z0-9_-]*$",
        form: Form::Whole(0),
        about: "A size of your own, for `--size NAME`.",
    }),
};

/// Values of `unstable`; there is but one.
pub(crate) static UNSTABLE: Choice<()> = Choice(&[Word { name: "expected", about: "it may", value: () }]);

/// Values of `effects`: whether arguments after the call are part of the output.
pub(crate) static EFFECTS: Choice<bool> = Choice(&[
    Word { name: "none", about: "nothing: a contender that changes its arguments differs", value: false },
    Word {
        name: "arguments",
        about: "its arguments as they are after the call, which are part of the output; every call gets its own",
        value: true,
    },
]);

/// Values of `raises`.
pub(crate) static RAISES: Choice<Raises> = Choice(&[
    Word { name: "never", about: "a failure", value: Raises::Never },
    Word { name: "type", about: "an output, equal where its class is the very same", value: Raises::Type },
    Word {
        name: "message",
        about: "an output, equal where its class and its message are the same",
        value: Raises::Message,
    },
]);

/// `equal`, of workloads and of scenarios.
pub(super) const EQUAL: Form = Form::Either {
    forms: &[
        Form::Written(&EQUALITY),
        Form::Table { table: &TOLERANCE, expected: "{ rel-tol = 1e-9, abs-tol = 0.0 }" },
    ],
    expected: "\"exact\", \"value\", { rel-tol = 1e-9, abs-tol = 0.0 } or \"module:callable\"",
};

static TOLERANCE: Table = Table {
    id: "tolerance",
    heading: "equal = { … }",
    about: "Tolerances for numbers, and parts that aren't compared as the rest is. At least one of them has to be there. Without a \
            tolerance the rest is compared as with `\"exact\"`.",
    keys: &[
        Key {
            name: "rel-tol",
            form: Form::Number(Bounds::NotNegative),
            need: Need::Default("0.0"),
            about: "Tolerance relative to the larger magnitude.",
        },
        Key {
            name: "abs-tol",
            form: Form::Number(Bounds::NotNegative),
            need: Need::Default("0.0"),
            about: "Absolute tolerance.",
        },
        Key {
            name: "ignore",
            form: PARTS,
            need: Need::Optional,
            about: "Parts that aren't compared, by paths as differences have them: `\"[*].id\"`, in which `*` stands for any place and key.",
        },
        Key {
            name: "unordered",
            form: PARTS,
            need: Need::Optional,
            about: "Lists and tuples whose order doesn't count, by their paths; `\"output\"` is the output itself.",
        },
    ],
    others: None,
};

const PARTS: Form =
    Form::List { of: &Form::Written(&PART), least: 1, expected: "an array of paths such as [\"[*].id\"]" };

static CLAIM: Table = Table {
    id: "claim",
    heading: "[[workload.NAME.claim]]",
    about: "A published figure to hold against the measurement: two times, the peak memory of both, or all four.",
    keys: &[
        Key {
            name: "source",
            form: Form::Text("where the figure was published"),
            need: Need::Required { remedy: "say where the figure was published" },
            about: "Where it was published.",
        },
        Key {
            name: "against",
            form: CONTENDER_NAME,
            need: Need::Optional,
            about: "The contender that it is held against, where that isn't the baseline.",
        },
        Key {
            name: "contender",
            form: CONTENDER_NAME,
            need: Need::Required { remedy: "name the contender that it is about" },
            about: "The contender that it is about.",
        },
        Key {
            name: "size",
            form: Form::Either {
                forms: &[Form::Text("the name of a size"), Form::Whole(0)],
                expected: "a whole number of at least 0",
            },
            need: Need::Optional,
            about: "The size that it is about, by name or as a number. At any other the claim is `not comparable`.",
        },
        Key {
            name: "baseline-seconds",
            form: Form::Number(Bounds::Positive),
            need: Need::With("contender-seconds"),
            about: "The published time of what it is held against.",
        },
        Key {
            name: "contender-seconds",
            form: Form::Number(Bounds::Positive),
            need: Need::With("baseline-seconds"),
            about: "The published time of the contender.",
        },
        Key {
            name: "baseline-bytes",
            form: Form::Written(&PUBLISHED_MEMORY),
            need: Need::With("contender-bytes"),
            about: "The published peak memory of what it is held against.",
        },
        Key {
            name: "contender-bytes",
            form: Form::Written(&PUBLISHED_MEMORY),
            need: Need::With("baseline-bytes"),
            about: "The published peak memory of the contender.",
        },
    ],
    others: None,
};

const CONTENDER_NAME: Form = Form::Text("the name of a contender");
