//! Which function is meant.

use std::fs;
use std::path::PathBuf;

use anyhow::{Result, bail};

use crate::context::Context;
use crate::manifest::{Location, Target};
use crate::project::{Loaded, home};
use crate::request::ProjectRequest;

/// Functions that are proposed of a module.
const PROPOSED: usize = 5;

/// The function that is named, `module:function`.
///
/// # Errors
/// When none is: of a module that is found, some functions are proposed.
pub fn target(context: &Context<'_>, project: &ProjectRequest, text: &str) -> Result<Target> {
    let why = match Target::parse(text, Location::default()) {
        Ok(target) => return Ok(target),
        Err(why) => why,
    };
    let Some(functions) = functions(context, project, text) else { bail!(why) };
    let expected = format!("{text} is a module, and a function is expected: {text}:FUNCTION");
    match functions.as_slice() {
        [] => bail!("{expected}; it has none at its top level"),
        [first, ..] => {
            let more = functions.len().saturating_sub(PROPOSED);
            let shown = functions[..functions.len() - more].join(", ");
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            bail!("{expected}, such as {text}:{first}; it has {shown}{more}")
        }
    }
}

/// The functions at the top of a module's source; `None` where there is no such module in the project.
fn functions(context: &Context<'_>, project: &ProjectRequest, module: &str) -> Option<Vec<String>> {
    let is_name = !module.is_empty() && module.split('.').all(|part| !part.is_empty() && !part.contains(['/', '\\']));
    let file: PathBuf = module.split('.').collect();
    let home = home(project).ok().filter(|_| is_name)?;
    let loaded = Loaded::load_or_bare(context.host, project, true);
    let folders = loaded.into_iter().flat_map(|loaded| loaded.project.python_path);
    let folders = folders.chain([home.clone(), home.join("src"), PathBuf::from(".")]);
    let texts = folders.flat_map(|folder| {
        let file = folder.join(&file);
        [file.with_extension("py"), file.join("__init__.py")].map(fs::read_to_string)
    });
    let text = texts.flatten().next()?;
    Some(text.lines().filter_map(function).map(ToOwned::to_owned).collect())
}

/// The name of the function that a line begins at the top of a module, unless it's private.
fn function(line: &str) -> Option<&str> {
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("def ")?;
    let name = rest.split(|letter: char| !letter.is_alphanumeric() && letter != '_').next()?;
    (!name.is_empty() && !name.starts_with('_')).then_some(name)
}
