//! Contenders whose results are awaited: coroutine functions and whatever else returns an awaitable, beside others that don't.

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

/// The warnings of a contender, one after the other.
fn warnings(result: &Value, name: &str) -> String {
    contender(result, "w", name)["warnings"].to_string()
}

#[track_caller]
fn assert_equal(functions: &[&str]) -> Value {
    let (result, ran) = compare(functions, &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    for function in &functions[1..] {
        let found = contender(&result, "w", &function.replace('_', "-"));
        assert_eq!(found["equivalence"]["status"], "equal", "{found:#}");
        assert!(found["speedup"]["estimate"].as_f64().unwrap() > 0.0, "{found:#}");
    }
    result
}

#[test]
fn coroutine_functions_stand_beside_functions_whichever_is_the_baseline() {
    let result = assert_equal(&["plain", "awaited", "suspends", "gathers"]);
    assert_eq!(warnings(&result, "gathers"), "[]", "{result:#}");
    assert_equal(&["awaited", "plain"]);
}

#[test]
fn whatever_returns_an_awaitable_is_awaited() {
    assert_equal(&["plain", "decorated", "bound", "instance", "awaitable", "future"]);
}

#[test]
fn all_calls_of_a_process_are_made_on_one_loop() {
    assert_equal(&["one", "counts_loops"]);
}

#[test]
fn context_variables_are_kept_from_the_import_and_from_call_to_call() {
    assert_equal(&["true", "keeps_context"]);
}

#[test]
fn what_waits_makes_whole_calls_and_its_time_has_the_wait() {
    let result = assert_equal(&["plain", "sleeps", "uses_a_thread"]);
    let found = contender(&result, "w", "sleeps");
    assert!(found["seconds"]["low"].as_f64().unwrap() >= 0.009, "{found:#}");
    // Threads of the loop's own executor stay, as they should.
    assert!(!warnings(&result, "uses-a-thread").contains("running after the call"), "{result:#}");
}

#[test]
fn inputs_of_their_own_are_made_for_calls_that_are_awaited_too() {
    let project = Project::with_settings(MODULE, &["plain", "suspends", "decorated"], "fresh-input = true", "");
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "suspends")["equivalence"]["status"], "equal", "{result:#}");
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
    for (function, expected) in [
        ("fails", "raised ValueError: no good"),
        ("is_cancelled", "raised asyncio.exceptions.CancelledError: (the call was cancelled)"),
        ("calls_run", "asyncio.run() cannot be called from a running event loop"),
        ("stops_the_loop", "Event loop stopped before Future completed"),
    ] {
        let (result, ran) = compare(&["plain", function, "awaited"], &[]);
        assert_eq!(ran.code, Some(3), "{ran}");
        let failed = contender(&result, "w", &function.replace('_', "-"));
        assert_eq!(failed["status"], "failed", "{failed:#}");
        assert!(failed["error"].as_str().unwrap().contains(expected), "{failed:#}");
        assert_eq!(contender(&result, "w", "awaited")["status"], "measured", "{result:#}");
    }
    // The story is the contender's, not the loop's.
    let (result, _) = compare(&["plain", "fails"], &[]);
    let error = contender(&result, "w", "fails")["error"].as_str().unwrap();
    assert!(error.contains("impls.py") && !error.contains("runners.py"), "{error}");
}

#[test]
fn a_call_that_never_ends_says_where_it_waits_and_one_that_blocks_the_loop_where_it_is() {
    for (function, place) in [("never_ends", "in never_ends"), ("blocks", "in blocks")] {
        let project = Project::of_functions(MODULE, &["plain", function]);
        let (result, ran) = project.compare(&["--timeout", "2s"]);
        assert_eq!(ran.code, Some(3), "{ran}");
        let found = contender(&result, "w", &function.replace('_', "-"));
        assert_eq!(found["status"], "timed_out", "{found:#}");
        assert!(found["error"].as_str().unwrap().contains(place), "{found:#}");
    }
}

#[test]
fn tasks_that_outlive_their_call_go_on_and_are_told() {
    let result = assert_equal(&["plain", "leaves_a_task"]);
    let warnings = warnings(&result, "leaves-a-task");
    assert!(warnings.contains("running on the event loop after the call"), "{warnings}");
}

#[test]
fn asynchronous_generators_are_compared_as_streams() {
    let (result, ran) = compare(&["stream", "same_stream", "other_stream", "listed"], &[]);
    assert_eq!(ran.code, Some(3), "{ran}");
    let equivalence = |name: &str| contender(&result, "w", name)["equivalence"].clone();
    assert_eq!(equivalence("same-stream")["status"], "equal", "{result:#}");
    assert!(equivalence("other-stream")["detail"].as_str().unwrap().contains("[99]"), "{result:#}");
    // A caller has to use a stream otherwise than a list.
    let listed = equivalence("listed");
    assert_eq!((&listed["status"], &listed["hint"]["equal"]), (&"different".into(), &"value".into()), "{listed:#}");
    assert!(listed["detail"].as_str().unwrap().contains("async stream"), "{listed:#}");
    let project = Project::with_settings(MODULE, &["stream", "listed"], "equal = 'value'", "");
    let (result, ran) = project.compare(&[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert_eq!(contender(&result, "w", "listed")["equivalence"]["status"], "equal", "{result:#}");
}

#[test]
fn a_stream_without_an_end_is_cut_off_and_that_is_told() {
    let (result, ran) = compare(&["endless"], &[]);
    assert_eq!(ran.code, Some(0), "{ran}");
    assert!(warnings(&result, "endless").contains("streams more than 100000 items"), "{result:#}");
}

#[test]
fn what_is_still_to_be_drawn_or_awaited_is_no_result() {
    for (function, advice) in
        [("gives_a_generator", "return `list()` of it"), ("gives_a_coroutine", "return what awaiting it gives")]
    {
        let (result, ran) = compare(&["listed", function], &[]);
        assert_eq!(ran.code, Some(3), "{ran}");
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
