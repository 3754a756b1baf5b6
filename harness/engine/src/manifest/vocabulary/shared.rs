//! Keys and patterns that several tables have.

use super::form::Form;
use super::table::{Key, Need};

/// Names of workloads, contenders, services and scenarios.
pub(super) const NAME: &str = "^[a-z0-9-]+$";

/// Of a workload or a scenario.
pub(super) const REQUIREMENTS: Key = Key {
    name: "requirements",
    form: Form::Text("a file such as \"requirements.txt\""),
    need: Need::Optional,
    about: "Requirements file of its own, in place of the project's: what needs few packages doesn't wait for those of others. \
            The environment is provided when it is first needed.",
};
