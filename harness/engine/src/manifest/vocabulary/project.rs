//! The manifest as a whole, `[project]` and `[service.NAME]`.

use rustworthy_model::environment::PythonHost;

use super::form::{ARGUMENT, Choice, DURATION, Form, LOOPBACK_URL, MEMORY, Word};
use super::policy::{COST, GATE, GOAL};
use super::scenario::SCENARIOS;
use super::shared::NAME;
use super::table::{Key, Need, Others, Table};
use super::workload::WORKLOADS;

/// The manifest.
pub(crate) static FILE: Table = Table {
    id: "manifest",
    heading: "The file",
    about: "`rustworthy.toml`, or the table `[tool.rustworthy]` of `pyproject.toml`. Relative paths start in its folder.",
    keys: &[
        Key { name: "project", form: Form::table(&PROJECT), need: Need::Optional, about: "How the project is run." },
        Key {
            name: "workload",
            form: Form::table(&WORKLOADS),
            need: Need::Optional,
            about: "What is compared, by name: an input and its contenders.",
        },
        Key {
            name: "service",
            form: Form::table(&SERVICES),
            need: Need::Optional,
            about: "Programs that have to run while contenders are measured, by name.",
        },
        Key {
            name: "scenario",
            form: Form::table(&SCENARIOS),
            need: Need::Optional,
            about: "Applications under load, by name.",
        },
        Key {
            name: "cost",
            form: Form::table(&COST),
            need: Need::Optional,
            about: "What computing and migrating cost.",
        },
        Key {
            name: "goal",
            form: Form::table(&GOAL),
            need: Need::Optional,
            about: "The one benefit that counts, where not any does.",
        },
        Key {
            name: "gate",
            form: Form::table(&GATE),
            need: Need::Optional,
            about: "The changes that the regression gate tolerates.",
        },
    ],
    others: None,
};

static TOOL: Table = Table {
    id: "tool",
    heading: "[tool]",
    about: "Settings of tools.",
    keys: &[Key {
        name: "rustworthy",
        form: Form::table(&FILE),
        need: Need::Required { remedy: "add it, or name a rustworthy.toml" },
        about: "The manifest.",
    }],
    others: None,
};

/// `pyproject.toml`, as far as it's ours.
pub(crate) static PYPROJECT: Table = Table {
    id: "pyproject",
    heading: "pyproject.toml",
    about: "Python's own manifest.",
    keys: &[Key { name: "tool", form: Form::table(&TOOL), need: Need::Optional, about: "Settings of tools." }],
    others: None,
};

static PROJECT: Table = Table {
    id: "project",
    heading: "[project]",
    about: "How the project is run. All of it is optional.",
    keys: &[
        Key {
            name: "python-path",
            form: Form::List {
                of: &Form::Text("the name of a folder"),
                least: 0,
                expected: "a list of folders such as [\".\", \"src\"]",
            },
            need: Need::Default("[\".\"]"),
            about: "Folders that are put on `sys.path`, in this order. They have to exist.",
        },
        Key {
            name: "requirements",
            form: Form::Text("a file such as \"requirements.txt\""),
            need: Need::Optional,
            about: "Requirements file of pip. What it lists is installed into a virtual environment in the cache folder, once \
                    for each content of the file and version of Python. Where it has hashes, pip has to find every package by its hash, and \
                    installs wheels alone.",
        },
        Key {
            name: "build",
            form: COMMAND,
            need: Need::Optional,
            about: "Command that is run in the manifest's folder before anything is measured, once in each environment that is \
                    needed, with that active. `{rustworthy}` stands for the program that is running.",
        },
        Key {
            name: "host",
            form: Form::Choice(&HOSTS),
            need: Need::Optional,
            about: "What runs the Python of workers. By default a rustworthy that embeds Python embeds it, and any other, such as that \
                    of a wheel, has the executable run it.",
        },
        TIMEOUT,
        MEMORY_LIMIT,
    ],
    others: None,
};

/// What runs the Python of workers.
pub(crate) static HOSTS: Choice<PythonHost> = Choice(&[
    Word {
        name: "embedded",
        about: "the worker, with the libpython of the chosen Python",
        value: PythonHost::Embedded,
    },
    Word {
        name: "python",
        about: "the chosen executable itself, as in production, which loads the worker",
        value: PythonHost::Python,
    },
]);

/// Longest time of a call, for a whole project.
const TIMEOUT: Key = Key {
    name: "timeout",
    form: Form::Written(&DURATION),
    need: Need::Default("\"60s\""),
    about: "Longest time that one call of a contender may take. Importing its module has the same limit, apart.",
};

/// Most memory of a worker, for a whole project.
const MEMORY_LIMIT: Key = Key {
    name: "memory",
    form: Form::Written(&MEMORY),
    need: Need::Default("\"4GiB\""),
    about: "Most memory that the worker of a contender may hold, with all that it starts.",
};

const COMMAND: Form =
    Form::List { of: &Form::Written(&ARGUMENT), least: 1, expected: "a list of a program and its arguments" };

static SERVICES: Table = Table {
    id: "services",
    heading: "[service]",
    about: "Services by name.",
    keys: &[],
    others: Some(Others {
        name: "NAME",
        pattern: NAME,
        form: Form::table(&SERVICE),
        about: "A service. Contenders find its address in the environment variable `RUSTWORTHY_SERVICE_NAME`, with the name in \
                upper case and `_` for `-`.",
    }),
};

static SERVICE: Table = Table {
    id: "service",
    heading: "[service.NAME]",
    about: "A program that is started before contenders are measured and stopped afterwards. Contenders find its address in \
            the environment variable `RUSTWORTHY_SERVICE_NAME`, with the name in upper case and `_` for `-`.",
    keys: &[
        Key {
            name: "command",
            form: COMMAND,
            need: Need::Required { remedy: "add `command = [\"program\", \"--port\", \"{port}\"]`" },
            about: "Its command line. `{port}` stands for a free port, `{rustworthy}` for the program that is running.",
        },
        Key {
            name: "ready",
            form: Form::Written(&LOOPBACK_URL),
            need: Need::Required { remedy: "add `ready = \"http://127.0.0.1:{port}/healthz\"`" },
            about: "Address that answers with a status of 2xx once the service is up.",
        },
    ],
    others: None,
};
