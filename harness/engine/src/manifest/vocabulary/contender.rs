//! `[workload.NAME.contender.NAME]`

use rustworthy_model::comparison::{Kind, Route};

use super::form::{Bounds, Choice, DURATION, Form, MEMORY, TARGET, VARIABLE, Word};
use super::shared::NAME;
use super::table::{Key, Need, Others, Table};

pub(super) static CONTENDERS: Table = Table {
    id: "contenders",
    heading: "[workload.NAME.contender]",
    about: "Contenders by name.",
    keys: &[],
    others: Some(Others {
        name: "NAME",
        pattern: NAME,
        form: Form::table(&CONTENDER),
        about: "A contender: one way to compute the output.",
    }),
};

static CONTENDER: Table = Table {
    id: "contender",
    heading: "[workload.NAME.contender.NAME]",
    about: "One way to compute the output of a workload. It runs in processes of its own.",
    keys: &[
        Key {
            name: "baseline",
            form: Form::Boolean,
            need: Need::Default("false"),
            about: "`true` for exactly one contender of a workload: all others are compared with it.",
        },
        Key {
            name: "python",
            form: Form::Written(&TARGET),
            need: Need::OneOf(&["python", "kernel"]),
            about: "`callable(input) -> output`. It has to return materialised output: of a generator nothing would be \
                    computed while it is timed.",
        },
        Key {
            name: "kernel",
            form: Form::Text("the name of a kernel"),
            need: Need::OneOf(&["python", "kernel"]),
            about: "In place of `python`, for the built-in workloads alone: a Rust function that is timed without a Python \
                    boundary.",
        },
        Key {
            name: "kind",
            form: Form::Choice(&KINDS),
            need: Need::Default("\"python\""),
            about: "What sort of solution it is. The verdict of `decide` is named after the `kind` of the winner.",
        },
        Key {
            name: "route",
            form: Form::Choice(&ROUTES),
            need: Need::Default("\"in-process\""),
            about: "How Python reaches it.",
        },
        Key {
            name: "packaged",
            form: Form::Boolean,
            need: Need::Default("false"),
            about: "`true`: it comes from a package index. Putting it in place is a swap, whatever it is written in: `decide` \
                    calls that `use_library`.",
        },
        Key {
            name: "migration-days",
            form: Form::Number(Bounds::NotNegative),
            need: Need::Optional,
            about: "Days that putting it in place takes; without the key half a day of what is `packaged`, and those of \
                    `[cost]` of anything else. They cost what `engineer-day` of `[cost]` says.",
        },
        Key {
            name: "differs",
            form: Form::Text("a string that says why outputs differ"),
            need: Need::Optional,
            about: "Why it is known not to be equivalent. Its speedup is withheld, even where this input shows no difference, \
                    and a difference is no failure.",
        },
        Key {
            name: "env",
            form: Form::table(&ENV),
            need: Need::Optional,
            about: "Environment variables of its worker process.",
        },
        Key {
            name: "interpreter",
            form: Form::Text("a Python such as \"python3.13\""),
            need: Need::Optional,
            about: "A CPython of its own: a command in `PATH`, an executable or the folder of an environment, relative to the manifest. \
                    The input is made anew in it, and has to come out the same. Packages that the workload requires are installed \
                    into a cached environment where it lacks them. All contenders of the project then run by `host = \"python\"`.",
        },
        TIMEOUT,
        MEMORY_LIMIT,
        Key {
            name: "source",
            form: Form::Either {
                forms: &[
                    SOURCE,
                    Form::List {
                        of: &SOURCE,
                        least: 1,
                        expected: "a file, or a list of files, such as \"src/lib.rs:parse\"",
                    },
                ],
                expected: "a file, or a list of files, such as \"src/lib.rs:parse\"",
            },
            need: Need::Optional,
            about: "Code behind what is called, which the report shows: a file, `\"src/lib.rs\"`; functions of it, \
                    `\"src/lib.rs:parse, scan\"`; or a list of these.",
        },
    ],
    others: None,
};

const SOURCE: Form = Form::Text("a file such as \"src/lib.rs:parse\"");

static ENV: Table = Table {
    id: "env",
    heading: "env = { … }",
    about: "Environment variables.",
    keys: &[],
    others: Some(Others {
        name: "VARIABLE",
        pattern: "^[^=]+$",
        form: Form::Written(&VARIABLE),
        about: "The value of the variable. Variables of the thread pools of BLAS and OpenMP are 1 unless they are set here or \
                in the environment of the program.",
    }),
};

const TIMEOUT: Key = Key {
    name: "timeout",
    form: Form::Written(&DURATION),
    need: Need::Optional,
    about: "Its own limit in place of that of `[project]`.",
};

const MEMORY_LIMIT: Key = Key {
    name: "memory",
    form: Form::Written(&MEMORY),
    need: Need::Optional,
    about: "Its own limit in place of that of `[project]`.",
};

/// Values of `kind`.
pub(crate) static KINDS: Choice<Kind> = Choice(&[
    Word { name: "python", about: "Python code", value: Kind::Python },
    Word { name: "library", about: "an existing library, called from Python", value: Kind::Library },
    Word { name: "algorithm", about: "a better algorithm, still in Python", value: Kind::Algorithm },
    Word {
        name: "compiler",
        about: "the same source, compiled: mypyc, Cython, Numba and the like",
        value: Kind::Compiler,
    },
    Word {
        name: "interpreter",
        about: "the same source in another Python, or with other switches",
        value: Kind::Interpreter,
    },
    Word { name: "rust", about: "code in Rust, written for the purpose", value: Kind::Rust },
]);

/// Values of `route`.
pub(crate) static ROUTES: Choice<Route> = Choice(&[
    Word { name: "in-process", about: "a plain call in the same interpreter", value: Route::InProcess },
    Word { name: "pyo3", about: "a native extension module, such as one written with PyO3", value: Route::Pyo3 },
    Word { name: "subprocess", about: "a child process", value: Route::Subprocess },
    Word { name: "http", about: "a service over HTTP", value: Route::Http },
    Word { name: "grpc", about: "a service over gRPC", value: Route::Grpc },
    Word {
        name: "kernel",
        about: "native code timed without the boundary to Python, which nobody can call at that price",
        value: Route::Kernel,
    },
]);
