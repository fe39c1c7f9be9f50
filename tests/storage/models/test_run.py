"""How far a run got."""

from storage.models import RunState


def test_a_run_that_stopped_at_its_limit_is_a_success() -> None:
    assert {state for state in RunState if state.is_success} == {RunState.OK, RunState.LIMITED}
