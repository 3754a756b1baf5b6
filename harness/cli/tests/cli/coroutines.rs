//! Contenders whose results are awaited: coroutine functions and whatever else returns an awaitable, beside others that don't.

use std::sync::LazyLock;

use serde_json::Value;

use super::support::{Project, Ran, contender};

pub(crate) const MODULE: &str = r#"
import asyncio
import contextvars
import functools
import time


def make(size, seed):
    return [(i * 7 + seed) % 1000 for i in range(size)]


def plain(numbers):
    return sum(numbers)


async def awaited(numbers):
    return sum(numbers)


async def suspends(numbers):
    total = 0
    for part in (numbers[:50], numbers[50:]):
        await asyncio.sleep(0)
        total += sum(part)
    return total


async def gathers(numbers):
    parts = await asyncio.gather(awaited(numbers[:50]), suspends(numbers[50:]))
    return sum(parts)


async def uses_a_thread(numbers):
    return await asyncio.to_thread(plain, numbers)


def decorated(numbers):
    return awaited(numbers)


bound = functools.partial(awaited)


class Adder:
    async def __call__(self, numbers):
        return sum(numbers)


instance = Adder()


class Delayed:
    def __init__(self, value):
        self.value = value

    def __await__(self):
        yield from asyncio.sleep(0).__await__()
        return self.value


def awaitable(numbers):
    return Delayed(sum(numbers))


def future(numbers):
    done = asyncio.get_running_loop().create_future()
    done.get_loop().call_soon(done.set_result, sum(numbers))
    return done


loops = set()


async def counts_loops(numbers):
    loops.add(asyncio.get_running_loop())
    return len(loops)


def one(numbers):
    return 1


imported = contextvars.ContextVar("imported")
imported.set("by the import")
called = contextvars.ContextVar("called", default=0)
calls = 0


async def keeps_context(numbers):
    global calls
    was = called.get() == calls
    calls += 1
    called.set(calls)
    await asyncio.sleep(0)
    return imported.get(None) == "by the import" and was


def true(numbers):
    return True


async def sleeps(numbers):
    await asyncio.sleep(0.01)
    return sum(numbers)


async def fails(numbers):
    await asyncio.sleep(0)
    raise ValueError("no good")


async def is_cancelled(numbers):
    asyncio.current_task().cancel()
    await asyncio.sleep(0)


async def never_ends(numbers):
    await asyncio.Event().wait()


async def blocks(numbers):
    time.sleep(1000)


async def calls_run(numbers):
    return asyncio.run(awaited(numbers))


async def stops_the_loop(numbers):
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1)


done = []


async def later():
    await asyncio.sleep(0)
    done.append(1)


async def leaves_a_task(numbers):
    if not done:
        done.append(asyncio.create_task(asyncio.Event().wait()))
    asyncio.create_task(later())
    return sum(numbers)


async def stream(numbers):
    for number in numbers:
        await asyncio.sleep(0)
        yield number


async def same_stream(numbers):
    return stream(list(numbers))


async def other_stream(numbers):
    for number in numbers[:-1]:
        yield number
    yield -1


async def endless(numbers):
    number = 0
    while True:
        yield number
        number += 1


def listed(numbers):
    return list(numbers)


def lazy(numbers):
    return (number for number in numbers)


async def gives_a_generator(numbers):
    return lazy(numbers)


async def gives_a_coroutine(numbers):
    return [awaited(numbers)]
"#;

fn compare(functions: &[&str], arguments: &[&str]) -> (Value, Ran) {
    Project::of_functions(MODULE, functions).compare(arguments)
}

/// Functions that all give what the first of their workload gives, and are all awaited that can be, in one run.
static AWAITED: LazyLock<Value> = LazyLock::new(|| {
    let workloads: [(&[&str], &str); 5] = [
        (
            &[
                "plain",
                "awaited",
                "suspends",
                "gathers",
                "decorated",
                "bound",
                "instance",
                "awaitable",
                "future",
                "sleeps",
                "uses_a_thread",
                "leaves_a_task",
            ],
            "",
        ),
        (&["awaited", "plain"], ""),
        (&["one", "counts_loops"], ""),
        (&["true", "keeps_context"], ""),
        (&["plain", "suspends", "decorated"], "fresh-input = true"),
    ];
    let (result, ran) = Project::of_workloads(MODULE, &workloads).compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    result
});

/// The warnings of a contender, one after the other.
fn warnings(name: &str) -> String {
    contender(&AWAITED, "w0", name)["warnings"].to_string()
}

#[track_caller]
fn assert_equal(workload: &str, names: &[&str]) {
    for name in names {
        let found = contender(&AWAITED, workload, name);
        assert_eq!(found["equivalence"]["status"], "equal", "{found:#}");
        assert!(found["speedup"]["estimate"].as_f64().unwrap() > 0.0, "{found:#}");
    }
}

#[test]
fn coroutine_functions_stand_beside_functions_whichever_is_the_baseline() {
    assert_equal("w0", &["awaited", "suspends", "gathers"]);
    // The tasks that it begins are done when it returns.
    assert!(!warnings("gathers").contains("running after the call"), "{}", warnings("gathers"));
    assert_equal("w1", &["plain"]);
}

#[test]
fn whatever_returns_an_awaitable_is_awaited() {
    assert_equal("w0", &["decorated", "bound", "instance", "awaitable", "future"]);
}

#[test]
fn all_calls_of_a_process_are_made_on_one_loop() {
    assert_equal("w2", &["counts-loops"]);
}

#[test]
fn context_variables_are_kept_from_the_import_and_from_call_to_call() {
    assert_equal("w3", &["keeps-context"]);
}

#[test]
fn what_waits_makes_whole_calls_and_its_time_has_the_wait() {
    assert_equal("w0", &["sleeps", "uses-a-thread"]);
    let found = contender(&AWAITED, "w0", "sleeps");
    assert!(found["seconds"]["estimate"].as_f64().unwrap() >= 0.009, "{found:#}");
    // Threads of the loop's own executor stay, as they should.
    assert!(!warnings("uses-a-thread").contains("running after the call"), "{}", warnings("uses-a-thread"));
}

#[test]
fn inputs_of_their_own_are_made_for_calls_that_are_awaited_too() {
    assert_equal("w4", &["suspends", "decorated"]);
}

#[test]
fn the_loop_is_that_of_the_policy_which_the_project_sets() {
    let own = "
class OwnLoop(asyncio.SelectorEventLoop):
    pass


class OwnPolicy(asyncio.DefaultEventLoopPolicy):
    _loop_factory = OwnLoop


asyncio.set_event_loop_policy(OwnPolicy())


async def names_its_loop(numbers):
    return type(asyncio.get_running_loop()).__name__


def own_loop(numbers):
    return 'OwnLoop'
";
    let project = Project::of_functions(&format!("{MODULE}{own}"), &["own_loop", "names_its_loop"]);
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "names-its-loop")["equivalence"]["status"], "equal", "{result:#}");
}

#[test]
fn calls_that_fail_say_how_and_the_others_are_measured() {
    let failing = [
        ("fails", "raised ValueError: no good"),
        ("is_cancelled", "raised asyncio.exceptions.CancelledError: (the call was cancelled)"),
        ("calls_run", "asyncio.run() cannot be called from a running event loop"),
        ("stops_the_loop", "Event loop stopped before Future completed"),
    ];
    let functions = [&["plain"][..], &failing.map(|(function, _)| function), &["awaited"]].concat();
    let (result, ran) = compare(&functions, &[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for (function, expected) in failing {
        let failed = contender(&result, "w", &function.replace('_', "-"));
        assert_eq!(failed["status"], "failed", "{failed:#}");
        assert!(failed["error"].as_str().unwrap().contains(expected), "{failed:#}");
    }
    assert_eq!(contender(&result, "w", "awaited")["status"], "measured", "{result:#}");
    // The story is the contender's, not the loop's.
    let error = contender(&result, "w", "fails")["error"].as_str().unwrap();
    assert!(error.contains("impls.py") && !error.contains("runners.py"), "{error}");
}

#[test]
fn a_call_that_never_ends_says_where_it_waits_and_one_that_blocks_the_loop_where_it_is() {
    let (result, ran) = compare(&["plain", "never_ends", "blocks"], &["--timeout", "2s"]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for (name, place) in [("never-ends", "in never_ends"), ("blocks", "in blocks")] {
        let found = contender(&result, "w", name);
        assert_eq!(found["status"], "timed_out", "{found:#}");
        assert!(found["error"].as_str().unwrap().contains(place), "{found:#}");
    }
}

#[test]
fn tasks_that_outlive_their_call_go_on_and_are_told() {
    assert_equal("w0", &["leaves-a-task"]);
    let warnings = warnings("leaves-a-task");
    assert!(warnings.contains("running on the event loop after the call"), "{warnings}");
}

#[test]
fn asynchronous_generators_are_compared_as_streams() {
    let workloads: [(&[&str], &str); 2] =
        [(&["stream", "same_stream", "other_stream", "listed"], ""), (&["stream", "listed"], "equal = 'value'")];
    let (result, ran) = Project::of_workloads(MODULE, &workloads).compare(&[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let equivalence = |name: &str| contender(&result, "w0", name)["equivalence"].clone();
    assert_eq!(equivalence("same-stream")["status"], "equal", "{result:#}");
    assert!(equivalence("other-stream")["detail"].as_str().unwrap().contains("[99]"), "{result:#}");
    // A caller has to use a stream otherwise than a list.
    let listed = equivalence("listed");
    assert_eq!((&listed["status"], &listed["hint"]["equal"]), (&"different".into(), &"value".into()), "{listed:#}");
    assert!(listed["detail"].as_str().unwrap().contains("async stream"), "{listed:#}");
    assert_eq!(contender(&result, "w1", "listed")["equivalence"]["status"], "equal", "{result:#}");
}

#[test]
fn a_stream_without_an_end_is_cut_off_and_that_is_told() {
    let (result, ran) = compare(&["endless"], &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    let warnings = contender(&result, "w", "endless")["warnings"].to_string();
    assert!(warnings.contains("streams more than 100000 items"), "{result:#}");
}

#[test]
fn what_is_still_to_be_drawn_or_awaited_is_no_result() {
    let unfinished =
        [("gives_a_generator", "return `list()` of it"), ("gives_a_coroutine", "return what awaiting it gives")];
    let (result, ran) = compare(&[&["listed"][..], &unfinished.map(|(function, _)| function)].concat(), &[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    for (function, advice) in unfinished {
        let found = contender(&result, "w", &function.replace('_', "-"));
        assert_eq!(found["equivalence"]["status"], "different", "{found:#}");
        assert!(found["equivalence"]["detail"].as_str().unwrap().contains(advice), "{found:#}");
    }
}

#[test]
fn coroutines_are_profiled() {
    let project = Project::of_functions(MODULE, &["plain", "suspends"]);
    let ran = project.run(&["profile", "w:suspends", "--duration", "1s", "--format", "json"]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(ran.stdout.contains("suspends"), "{ran}");
    project.assert_deserted();
}
