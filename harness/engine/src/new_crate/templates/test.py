"""`@ORIGINAL@` and what stands for it in Rust come to the same: on recorded calls, and on generated ones.

    python -m pip install pytest hypothesis
    python -m pytest @TESTS@
"""

import os

import pytest

import outcomes

SUBJECT = outcomes.Subject(
    original="@ORIGINAL@",
    candidate="@CANDIDATE@",
    folders=@FOLDERS@,
    capture=@CAPTURE@,
    tolerance=@TOLERANCE@,
)

# Why generated calls aren't made, or None. They run the function in Python on values that nobody has thought of.
LEFT_OUT = @LEFT_OUT@

UNRECORDED = "there are no recorded calls; make some: rustworthy capture @RECORDED@ -- python app.py"


# Why what comes of recorded calls can't be held against each other here, or None.
UNSTABLE = @UNSTABLE@


@pytest.mark.skipif(not SUBJECT.lines, reason=UNRECORDED)
@pytest.mark.skipif(UNSTABLE is not None, reason=str(UNSTABLE))
@pytest.mark.parametrize("number", range(1, len(SUBJECT.lines) + 1))
def test_recorded_call(number):
    call = SUBJECT.lines[number - 1]
    try:
        SUBJECT.arguments(call)
    except ValueError as error:
        pytest.skip(f"{error}; RUSTWORTHY_TRUST_PICKLES=1 allows that")
    difference = SUBJECT.difference(call)
    assert difference is None, f"call {number}: {difference}"


@pytest.mark.skipif(
    LEFT_OUT is not None and os.environ.get("RUSTWORTHY_GENERATED") != "1",
    reason=f"{LEFT_OUT}; RUSTWORTHY_GENERATED=1 makes them all the same",
)
def test_generated_calls():
    hypothesis = pytest.importorskip("hypothesis")
    calls = SUBJECT.strategy()
    if calls is None:
        pytest.skip("neither annotations nor recorded calls that may be read tell what to generate")

    @hypothesis.settings(max_examples=200, deadline=None, suppress_health_check=list(hypothesis.HealthCheck))
    @hypothesis.given(calls)
    def check(call):
        assert SUBJECT.difference(call) is None, f"on {call}: {SUBJECT.difference(call)}"

    check()
