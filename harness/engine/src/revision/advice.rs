//! What to do about a revision that git doesn't know, or whose files it doesn't have.

use crate::manifest::did_you_mean;

/// What is known about a revision and the repository that doesn't have it.
pub(super) struct Facts<'a> {
    /// What was asked for.
    pub(super) revision: &'a str,
    /// Full names of its references: `refs/heads/main`.
    pub(super) references: Vec<String>,
    /// Names of its remotes.
    pub(super) remotes: Vec<String>,
    /// Whether its history is cut off.
    pub(super) is_shallow: bool,
    /// Whether what the revision starts from, see [`Facts::base`], is there.
    pub(super) base_is_known: bool,
}

impl Facts<'_> {
    /// What a revision starts from: `main` in `main~3`, `main^{commit}`, `main@{1}` and `main:file`.
    pub(super) fn base(revision: &str) -> &str {
        let end = revision.find(['~', '^', ':']).or_else(|| revision.find("@{"));
        &revision[..end.unwrap_or(revision.len())]
    }

    /// What was meant, or how to get it.
    pub(super) fn remedy(&self) -> String {
        let base = Self::base(self.revision);
        if self.base_is_known {
            return self.without_ancestor(base);
        }
        if let Some(meant) = self.meant(base) {
            return format!("did you mean '{meant}{}'?", &self.revision[base.len()..]);
        }
        let cut_off = if self.is_shallow { "this clone is shallow, so most of its history isn't here; " } else { "" };
        match self.remote(base) {
            Some((remote, name)) => format!("{cut_off}{}", self.fetch(remote, name)),
            None => "`git branch --all` and `git tag` list what there is".to_owned(),
        }
    }

    fn without_ancestor(&self, base: &str) -> String {
        if self.is_shallow {
            format!(
                "'{base}' is there, but this clone is shallow and its history ends before; fetch the rest: git fetch \
                 --unshallow (or fetch-depth: 0 in actions/checkout)"
            )
        } else {
            format!("'{base}' is there, but '{}' leads nowhere from it", &self.revision[base.len()..])
        }
    }

    /// The reference that was most likely meant: the same branch of a remote, or one that is spelt alike.
    fn meant(&self, name: &str) -> Option<String> {
        let short: Vec<&str> = self.references.iter().map(|reference| short(reference)).collect();
        let branch_of = |reference: &str| {
            let remote = self.remotes.iter().find(|remote| is_below(reference, remote))?;
            Some(reference[remote.len() + 1..].to_owned())
        };
        if let Some(same) = short.iter().find(|reference| branch_of(reference).as_deref() == Some(name)) {
            return Some((*same).to_owned());
        }
        if is_hash(name) {
            return None;
        }
        did_you_mean(name, short.iter().copied().chain(["HEAD"])).or_else(|| {
            let branches: Vec<(String, &str)> =
                short.iter().filter_map(|reference| Some((branch_of(reference)?, *reference))).collect();
            let alike = did_you_mean(name, branches.iter().map(|(branch, _)| branch.as_str()))?;
            branches.iter().find(|(branch, _)| *branch == alike).map(|(_, reference)| (*reference).to_owned())
        })
    }

    /// The remote that may have it, and what it's called there; `None` where no name of git's could be meant.
    fn remote<'b>(&'b self, name: &'b str) -> Option<(&'b str, &'b str)> {
        let name = name.strip_prefix("refs/remotes/").unwrap_or(short(name));
        // It's to stand in a command for the shell.
        let is_plain = |character: char| character.is_ascii_alphanumeric() || "/._-+".contains(character);
        if name.is_empty() || name.starts_with('-') || name.contains("..") || !name.chars().all(is_plain) {
            return None;
        }
        if let Some(remote) = self.remotes.iter().find(|remote| is_below(name, remote)) {
            return Some((remote, &name[remote.len() + 1..]));
        }
        let origin = self.remotes.iter().find(|remote| *remote == "origin");
        origin.or(self.remotes.first()).map(|remote| (remote.as_str(), name))
    }

    /// The commands that fetch it. Which of them can't be known without asking the remote.
    fn fetch(&self, remote: &str, name: &str) -> String {
        let depth = if self.is_shallow { " --depth=1" } else { "" };
        let all = if self.is_shallow {
            "git fetch --unshallow (or fetch-depth: 0 in actions/checkout)".to_owned()
        } else {
            format!("git fetch {remote}")
        };
        if is_hash(name) {
            return match name.len() {
                40 | 64 => format!("fetch the commit: git fetch{depth} {remote} {name}; or everything: {all}"),
                _ => format!("if it is a commit, fetch it with all others: {all}"),
            };
        }
        format!(
            "if it is a branch of '{remote}', fetch it: git fetch{depth} {remote} \
             +refs/heads/{name}:refs/remotes/{remote}/{name}, and name it '{remote}/{name}'; \
             if it is a tag: git fetch{depth} {remote} tag {name}; or fetch everything: {all}"
        )
    }
}

/// `main` of `refs/heads/main`, `origin/main` of `refs/remotes/origin/main`.
fn short(reference: &str) -> &str {
    let kinds = ["refs/heads/", "refs/tags/", "refs/remotes/", "refs/"];
    kinds.iter().find_map(|kind| reference.strip_prefix(kind)).unwrap_or(reference)
}

/// Whether a reference is one of a remote's.
fn is_below(reference: &str, remote: &str) -> bool {
    reference.strip_prefix(remote).is_some_and(|rest| rest.len() > 1 && rest.starts_with('/'))
}

fn is_hash(name: &str) -> bool {
    name.len() >= 7 && name.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// What helps where git lacks what a commit is made of, by what it says; `None` where it says so itself.
pub(super) fn of_output(output: &str) -> Option<&'static str> {
    if output.contains("promisor remote") {
        Some(
            "this clone is partial, and the rest is fetched when it's needed, which is now, but can't be: make the remote \
             reachable, or fetch everything while it is: git fetch --refetch --no-filter (or no `filter` in actions/checkout)",
        )
    } else if output.contains("git-lfs") || output.contains("smudge filter lfs") {
        Some(
            "some of its files are kept by Git LFS: install git-lfs where it's missing (Debian: apt install git-lfs); else fetch \
             them while the remote can be reached: git lfs fetch --all (or lfs: true in actions/checkout)",
        )
    } else {
        None
    }
}

/// The warning about files whose contents aren't there but the pointers of Git LFS to them.
pub(super) fn of_pointers(revision: &str, first: &str, number: usize) -> String {
    let (files, are) = match number {
        1 => (format!("'{first}' is"), "a pointer"),
        more => (format!("{more} files such as '{first}' are"), "pointers"),
    };
    format!(
        "of the revision '{revision}' {files} but {are} of Git LFS, not what benchmarks are to read; get the contents: git lfs \
         install, then git lfs pull (or lfs: true in actions/checkout)"
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn facts<'a>(revision: &'a str, references: &[&str], is_shallow: bool) -> Facts<'a> {
        Facts {
            revision,
            references: references.iter().map(|&reference| reference.to_owned()).collect(),
            remotes: vec!["origin".to_owned()],
            is_shallow,
            base_is_known: false,
        }
    }

    #[test]
    fn a_name_that_is_spelt_alike_is_suggested() {
        let references = ["refs/heads/main", "refs/tags/v1.2", "refs/remotes/origin/release"];
        let remedy = |revision| facts(revision, &references, false).remedy();
        assert_eq!(remedy("mian"), "did you mean 'main'?");
        assert_eq!(remedy("mian~2"), "did you mean 'main~2'?");
        assert_eq!(remedy("v1.3"), "did you mean 'v1.2'?");
        assert_eq!(remedy("origin/relase"), "did you mean 'origin/release'?");
        assert_eq!(remedy("relase"), "did you mean 'origin/release'?");
    }

    #[test]
    fn a_branch_that_only_the_remote_has_is_named_by_it() {
        let references = ["refs/heads/mein", "refs/remotes/origin/HEAD", "refs/remotes/origin/main"];
        assert_eq!(facts("main", &references, true).remedy(), "did you mean 'origin/main'?");
    }

    #[test]
    fn a_branch_that_was_not_fetched_is_told_with_the_command_for_it() {
        for revision in ["main", "origin/main", "refs/heads/main", "refs/remotes/origin/main"] {
            let remedy = facts(revision, &["refs/remotes/pull/7/merge"], true).remedy();
            let command =
                "git fetch --depth=1 origin +refs/heads/main:refs/remotes/origin/main, and name it 'origin/main'";
            assert!(remedy.starts_with("this clone is shallow") && remedy.contains(command), "{remedy}");
            let remedy = facts(revision, &[], false).remedy();
            assert!(!remedy.contains("shallow") && remedy.contains("git fetch origin +refs/heads/main:"), "{remedy}");
        }
    }

    #[test]
    fn a_hash_that_is_not_here_is_fetched_by_itself_only_when_it_is_whole() {
        let whole = "a".repeat(40);
        let remedy = facts(&whole, &[], true).remedy();
        assert!(remedy.contains(&format!("git fetch --depth=1 origin {whole};")), "{remedy}");
        let remedy = facts("aaaaaaa", &[], true).remedy();
        assert!(remedy.contains("with all others: git fetch --unshallow"), "{remedy}");
    }

    #[test]
    fn history_that_is_cut_off_is_told_from_history_that_ends() {
        let known = |is_shallow| Facts { base_is_known: true, ..facts("HEAD~3", &[], is_shallow) }.remedy();
        assert!(known(true).contains("fetch the rest: git fetch --unshallow"), "{}", known(true));
        assert_eq!(known(false), "'HEAD' is there, but '~3' leads nowhere from it");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_there_is_an_answer(revision in "\\PC{0,30}", known: bool, is_shallow: bool) {
            let facts = facts(&revision, &["refs/heads/main"], is_shallow);
            let remedy = Facts { base_is_known: known, ..facts }.remedy();
            prop_assert!(!remedy.is_empty());
        }

        #[test]
        fn nothing_that_a_shell_would_act_on_gets_into_a_command(revision in "[a-z$;`'\" |&(-]{1,12}") {
            let remedy = facts(&revision, &[], true).remedy();
            let is_safe = revision.chars().all(|character| character.is_ascii_lowercase() || character == '-');
            prop_assert!(is_safe || !remedy.contains("git fetch"));
        }
    }
}
