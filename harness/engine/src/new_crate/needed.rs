//! Which crates a measurement needs.

use std::path::Path;

use anyhow::Result;

use super::check::{is_of, is_ours};
use super::existing::all;
use crate::manifest::{Contender, Project};

/// The project as far as its build command is concerned: where that builds all crates of `new`, it builds those alone that some of
/// these contenders are, and nothing where none is.
///
/// # Errors
/// When a crate can't be read.
pub(crate) fn building_only<'a>(
    project: &Project,
    home: &Path,
    contenders: impl IntoIterator<Item = &'a Contender>,
) -> Result<Project> {
    let mut project = project.clone();
    // One that names crates builds those.
    let Some(command) =
        project.build.as_mut().filter(|command| is_ours(command) && command.ends_with(&["--build".into()]))
    else {
        return Ok(project);
    };
    let contenders: Vec<&Contender> = contenders.into_iter().collect();
    let crates = all(home)?.into_iter().filter(|one| contenders.iter().any(|contender| is_of(contender, one)));
    let packages: Vec<String> = crates.map(|one| one.package).collect();
    if packages.is_empty() {
        project.build = None;
    } else {
        command.extend(packages);
    }
    Ok(project)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::manifest::{Origin, understand};
    use crate::new_crate::names::CRATES;

    #[test]
    fn crates_of_other_workloads_are_not_built() {
        let home = tempfile::tempdir().unwrap();
        for name in ["slug", "fact"] {
            let folder = home.path().join(CRATES).join(name);
            fs::create_dir_all(&folder).unwrap();
            let manifest = format!(
                "[package]\nname = \"{name}-rust\"\n[package.metadata.rustworthy]\nfunction = \"lib:{name}\"\nname = \"{name}\"\n"
            );
            fs::write(folder.join("Cargo.toml"), manifest).unwrap();
        }
        let text = |build: &str| {
            format!(
                "[project]\nbuild = {build}\n[workload.slug]\ninput = 'lib:make'\nsizes = {{ default = 1 }}\n\
                 [workload.slug.contender.python]\npython = 'lib:slug'\nbaseline = true\n\
                 [workload.slug.contender.rust]\npython = 'slug_rust:slug'\nkind = 'rust'\nroute = 'pyo3'\n"
            )
        };
        let build = |text: &str, contenders: usize| {
            let project = understand(&home.path().join("rustworthy.toml"), text, Origin::User).unwrap();
            building_only(&project, home.path(), project.workloads[0].contenders.iter().take(contenders)).unwrap().build
        };
        let all = text("['rustworthy', 'new', '--build']");
        assert_eq!(build(&all, 2).unwrap(), ["rustworthy", "new", "--build", "slug-rust"]);
        assert_eq!(build(&all, 1), None);
        for other in ["['make']", "['rustworthy', 'new', '--build', 'crates/fact']"] {
            assert!(build(&text(other), 1).is_some_and(|command| !command.contains(&"slug-rust".to_owned())));
        }
    }
}
