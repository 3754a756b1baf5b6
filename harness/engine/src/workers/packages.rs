//! Where a worker looks for packages, in words: what somebody whose module isn't found has to know.

use std::path::{Path, PathBuf};

/// Names that folders of virtual environments usually have.
const USUAL: [&str; 3] = [".venv", "venv", "env"];

/// The packages of a Python, and what may have one that isn't among them.
#[derive(Debug, Clone)]
pub(crate) struct Packages {
    python: PathBuf,
    remedy: Option<Remedy>,
}

/// What may have a package that isn't found.
#[derive(Debug, Clone)]
enum Remedy {
    /// The virtual environment beside the project that the Python isn't of.
    Inactive(PathBuf),
    /// The requirements of a workload, which other Pythons get in environments of their own.
    Requirements,
}

impl Packages {
    /// Those that workers of this Python find for a project in this folder.
    pub(crate) fn new(python: &Path, project: &Path) -> Self {
        let is_environment = |folder: &PathBuf| folder.join("pyvenv.cfg").is_file() && !python.starts_with(folder);
        let inactive = USUAL.into_iter().map(|name| project.join(name)).find(is_environment);
        Self { python: python.to_owned(), remedy: inactive.map(Remedy::Inactive) }
    }

    /// Those that workers of a Python find which a contender names.
    pub(crate) fn of_other(python: &Path) -> Self {
        Self { python: python.to_owned(), remedy: Some(Remedy::Requirements) }
    }

    /// The message of an exception, whose first line says what was raised; of a module that isn't found with where it was looked
    /// for.
    pub(crate) fn explain(&self, message: String) -> String {
        let (first, rest) = message.split_at(message.find('\n').unwrap_or(message.len()));
        if first.contains("ModuleNotFoundError: ") { format!("{first}, in {self}{rest}") } else { message }
    }
}

impl std::fmt::Display for Packages {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "the packages of {}", self.python.display())?;
        match &self.remedy {
            Some(Remedy::Inactive(folder)) => {
                let folder = folder.display();
                write!(formatter, " ({folder} is an environment too, but not the active one: --python {folder})")
            }
            Some(Remedy::Requirements) => {
                formatter.write_str(", which gets those that `requirements` in the manifest names")
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_beside_the_project_is_named_unless_it_is_the_one() {
        let project = tempfile::tempdir().unwrap();
        let folder = project.path().join(".venv");
        std::fs::create_dir(&folder).unwrap();
        let words = |python: &Path| Packages::new(python, project.path()).to_string();
        let other = Path::new("/usr/bin/python3");
        assert_eq!(words(other), "the packages of /usr/bin/python3", "a folder alone is none");
        std::fs::write(folder.join("pyvenv.cfg"), "").unwrap();
        assert!(words(other).ends_with(&format!("not the active one: --python {})", folder.display())));
        let own = folder.join("bin/python");
        assert_eq!(words(&own), format!("the packages of {}", own.display()));
    }

    #[test]
    fn another_python_gets_packages_by_requirements() {
        let words = Packages::of_other("/usr/bin/python3.13".as_ref()).to_string();
        assert!(
            words.starts_with("the packages of /usr/bin/python3.13, ") && words.contains("`requirements`"),
            "{words}"
        );
    }

    #[test]
    fn only_modules_that_are_not_found_are_explained() {
        let packages = Packages::new("/usr/bin/python3".as_ref(), "/no/such/project".as_ref());
        let explained = |message: &str| packages.explain(message.to_owned());
        assert_eq!(
            explained("raised ModuleNotFoundError: No module named 'a'\n  File"),
            "raised ModuleNotFoundError: No module named 'a', in the packages of /usr/bin/python3\n  File"
        );
        let other = "raised ImportError: no name 'a'\nModuleNotFoundError: in passing";
        assert_eq!(explained(other), other);
    }
}
