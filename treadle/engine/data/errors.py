"""What reading and building data may fail with: AWS's error name and cause, without the state's name in front."""

from __future__ import annotations

RUNTIME = "States.Runtime"


class DataError(Exception):
    """A failure while data is read or built. `error` and `cause` are AWS's own; the engine adds which state it was."""

    def __init__(self, error: str, cause: str) -> None:
        self.error = error
        self.cause = cause
        super().__init__(f"{error}: {cause}")


class Malformed(Exception):
    """A path, an intrinsic call or a template that CreateStateMachine refuses."""
