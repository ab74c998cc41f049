"""States and moves as data: what may follow what, who may do it, and what it needs."""

import msgspec

from server.foundation.words import Words


class State(msgspec.Struct, frozen=True):
    key: str
    words: Words
    is_open: bool = True


class Move(msgspec.Struct, frozen=True):
    """One act: from any of `origin` to `goes_to`, or nowhere (""); by one of `roles`; `needs` names what must be given with it.

    event: what the history calls it. barred: (column of ids, refusal) of each whose people may not, whatever their role. levels: of these
    severities only, of any if none is named. given: (column, whether it must be set, refusal where it is not so).
    """

    act: str
    words: Words
    origin: tuple[str, ...]
    goes_to: str
    roles: tuple[str, ...]
    needs: tuple[str, ...] = ()
    event: str = ""
    barred: tuple[tuple[str, str], ...] = ()
    levels: tuple[str, ...] = ()
    given: tuple[tuple[str, bool, str], ...] = ()


class Workflow(msgspec.Struct, frozen=True):
    states: tuple[State, ...]
    moves: tuple[Move, ...]

    def state(self, key: str) -> State:
        """The state with this key; KeyError if there is none."""
        return next(state for state in self.states if state.key == key)

    def move(self, act: str, state: str) -> Move | None:
        """The move that this act makes from this state, or None where it may not be made."""
        return next((move for move in self.moves if move.act == act and state in move.origin), None)

    def acts(self, state: str) -> tuple[Move, ...]:
        """All moves that may be made in this state."""
        return tuple(move for move in self.moves if state in move.origin)

    @property
    def open_states(self) -> tuple[str, ...]:
        return tuple(state.key for state in self.states if state.is_open)
