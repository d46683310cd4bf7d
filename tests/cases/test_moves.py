"""Which moves there are."""

from __future__ import annotations

from streams.cases.moves import ENDED, MOVES, STATES, WITH_ADDRESSEE, next_states


def test_every_state_has_its_row_and_what_has_ended_has_no_next() -> None:
    """A state that is nowhere would be a dead end that nobody meant."""
    assert set(MOVES) == set(STATES)
    assert {state for state in STATES if not MOVES[state]} == ENDED


def test_every_state_can_be_reached_and_left_to_an_end() -> None:
    """From `received` all states, and from each of them one that ends a case."""

    def reached(start: str) -> set[str]:
        found, open_ = {start}, [start]
        while open_:
            for to in MOVES[open_.pop()]:  # type: ignore[index]
                if to not in found:
                    found.add(to)
                    open_.append(to)
        return found

    assert reached("received") == set(STATES)
    assert all(reached(state) & ENDED for state in STATES)


def test_an_addressee_moves_only_what_it_has() -> None:
    """It accepts, sends back and handles; it never ends a case, nor looks back at itself."""
    by_addressee = {
        (state, to) for state in STATES for to in next_states(state, "addressee")
    }  # fmt: skip
    assert {state for state, _ in by_addressee} == WITH_ADDRESSEE
    assert {to for _, to in by_addressee} == {"accepted", "verified", "handled"}
