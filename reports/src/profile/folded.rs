//! Folded stacks: a line for each, its frames from the outermost, joined by semicolons, and how often it was seen.

use std::fmt::Write;

use rustworthy_model::profile::Stacks;

use super::words;

/// The stacks as most tools for flame graphs read them, sorted; each under its thread where that is asked for.
pub fn folded(stacks: &Stacks, by_thread: bool) -> String {
    lines(stacks, by_thread).into_iter().fold(String::new(), |mut text, (stack, count)| {
        // Writing to a `String` cannot fail.
        let _ = writeln!(text, "{stack} {count}");
        text
    })
}

/// Stacks and how often each was seen, sorted; frames of the same name are the same.
pub(super) fn lines(stacks: &Stacks, by_thread: bool) -> Vec<(String, u64)> {
    let frames: Vec<String> = stacks.frames().iter().map(|frame| escaped(&words::frame(frame))).collect();
    let mut lines: Vec<(String, u64)> = stacks
        .counts(by_thread)
        .into_iter()
        .map(|(thread, stack, count)| {
            let thread = thread.map(|thread| escaped(&format!("thread {}", stacks.threads[thread])));
            let frames = stacks.frames_of(stack).iter().map(|&frame| frames[frame].clone());
            (thread.into_iter().chain(frames).collect::<Vec<_>>().join(";"), count)
        })
        .filter(|(stack, _)| !stack.is_empty())
        .collect();
    lines.sort_unstable();
    lines.dedup_by(|(stack, count), (kept, sum)| {
        let same = stack == kept;
        if same {
            *sum += *count;
        }
        same
    });
    lines
}

/// A semicolon ends a frame, and a line break a stack.
pub(super) fn escaped(name: &str) -> String {
    name.replace(';', ",").replace(['\n', '\r'], " ")
}
