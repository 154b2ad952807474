"""How a state fails: AWS's error name and cause, and what kind of failure it is.

Control signals, not mistakes: they never leave the engine as exceptions, an execution ends with their names instead.
"""

from __future__ import annotations

from typing import Final

RUNTIME: Final = "States.Runtime"
TIMEOUT: Final = "States.Timeout"
DATA_LIMIT: Final = "States.DataLimitExceeded"
QUERY: Final = "States.QueryEvaluationError"


class Failure(Exception):
    """A state failed. `error` and `cause` are None where AWS gives none.

    `location` is the field whose JSONata failed (it makes an EvaluationFailed event), None for any other failure.
    `heartbeat` marks the timeout that States.HeartbeatTimeout also matches.
    """

    def __init__(
        self,
        error: str | None,
        cause: str | None = None,
        *,
        evaluation: bool = False,
        location: str | None = None,
        heartbeat: bool = False,
    ) -> None:
        super().__init__(error, cause)
        self.error = error
        self.cause = cause
        self.evaluation = evaluation
        self.location = location
        self.heartbeat = heartbeat

    @property
    def ends_execution(self) -> bool:
        """No Retry and no Catch sees it, wherever it happened, and no state around it is said to have failed."""
        return self.error == RUNTIME

    def output(self) -> dict[str, str | None]:
        """The error output: what a catcher puts into the state's output. A timeout's cause is empty, not absent."""
        return {"Error": self.error, "Cause": "" if self.cause is None and self.error == TIMEOUT else self.cause}


class Fatal(Failure):
    """A failure of the execution itself (the event limit, an output too large to move on), whatever its name."""

    @property
    def ends_execution(self) -> bool:
        return True


class Problem(Exception):
    """Something wrong with a value that a state was about to use. Becomes a Failure that names the state and its event.

    `text` is AWS's sentence without its "An error occurred while executing the state …" beginning. Without an `error`
    it is the query language's own: States.QueryEvaluationError in JSONata, States.Runtime in JSONPath.
    """

    def __init__(self, text: str, error: str | None = None, location: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.error = error
        self.location = location
