"""One execution of a machine, from its input to its end."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from treadle.engine import history
from treadle.engine.callbacks import Callbacks
from treadle.engine.chance import Chance
from treadle.engine.clock import Clock, Gate, give_way
from treadle.engine.context import timestamp
from treadle.engine.control import ABORTED, Uncollected, advance, drive
from treadle.engine.data import ambient
from treadle.engine.distributed_run import MapRun
from treadle.engine.failure import RUNTIME, Failure
from treadle.engine.frame import Event, Frame
from treadle.engine.limits import EXPRESS, STANDARD, Limits, deeper_than
from treadle.engine.machine import Machine
from treadle.engine.state import State
from treadle.engine.task import Service

if TYPE_CHECKING:
    import asyncio

JSON = Any
Observer = Callable[[dict[str, JSON]], None]

EXPRESS_SECONDS = 300.0  # the longest an Express execution lives


class Journal(Protocol):
    """Keeps an execution so that it can go on after the process is gone.

    At any moment when no coroutine of the execution runs, its events and the frames that were touched since the last
    look are one consistent picture, unless it is `unsettled`; together they are to be kept in one transaction.
    """

    def begun(self, execution: Execution) -> None: ...

    def touched(self, frame: Frame) -> None: ...

    def ended(self, execution: Execution) -> None: ...

    def reopened(self, execution: Execution) -> None:
        """It is about to be redriven."""
        ...

    def knows(self, arn: str) -> bool:
        """Is an execution of that ARN kept?"""
        ...

    def find(self, arn: str) -> Execution | None:
        """The execution of that ARN, running or ended, where it is kept."""
        ...

    def run_changed(self, run: MapRun) -> None: ...

    def result(self, run: MapRun, result: tuple[Any, ...]) -> None:
        """An Express child of a Map Run has ended: (index, items, name, ARN, status, start, stop, input, output, error,
        cause); the input of one that succeeded may be None."""
        ...

    def children(self, run: MapRun, place: int | None = None) -> Iterator[tuple[Any, ...]]:
        """What is kept of the children of a Map Run, or of the Standard one at a place: the number of its row, 0 for an
        Express one, and what `result` takes; without the number of items of one that is Standard.
        """
        ...

    def restore(self, child: Execution, number: int, start: float) -> None:
        """Gives a Standard child of a Map Run the events and frames of that row."""
        ...


class Execution:
    """What happened, or is happening. Times are seconds since the epoch; `output` is None unless it SUCCEEDED.

    `status` is RUNNING, SUCCEEDED, FAILED, TIMED_OUT or ABORTED.
    """

    __slots__ = (
        "_gates", "_models", "_reason", "_task", "arn", "assigned", "awaited", "callbacks", "cause", "chance", "clock",
        "context", "error", "events", "frame", "input", "journal", "ledger", "limits", "machine", "machines",
        "map_run", "map_runs", "name", "output", "parent", "place", "region", "service", "since", "start_date",
        "status", "stop_date", "text", "unsettled",
    )  # fmt: skip

    def __init__(
        self,
        machine: Machine,
        input: JSON,
        *,
        service: Service,
        clock: Clock,
        chance: Chance,
        name: str | None,
        observer: Observer | None,
        limits: Limits,
        machines: Mapping[str, Machine],
        callbacks: Callbacks,
        text: str | None,
    ) -> None:
        self.machine = machine
        self.input = input
        self.text = text
        self.service = service
        self.clock = clock
        self.chance = chance
        self.limits = limits
        self.machines = machines
        self.callbacks = callbacks
        self.name = name if name is not None else chance.uuid()
        kind = "execution" if machine.type == "STANDARD" else "express"
        self.arn = f"{machine.arn.replace(':stateMachine:', f':{kind}:')}:{self.name}"
        if machine.type != "STANDARD":
            self.arn += f":{chance.uuid()}"
        self.region = machine.arn.split(":")[3]
        self.start_date = self.since = clock.now()
        self.stop_date: float | None = None
        self.status = "RUNNING"
        self.output: JSON = None
        self.error: str | None = None
        self.cause: str | None = None
        self.assigned = 0
        self.journal: Journal | None = None
        self.ledger: Journal | None = None  # keeps the Standard executions that it starts: an Express one is not kept
        self.events: list[Event] = [] if observer is None else history.Observed(self, observer)
        self.context: dict[str, JSON] = {
            "Execution": {
                "Id": self.arn,
                "Input": input,
                "StartTime": timestamp(self.start_date),
                "Name": self.name,
                "RoleArn": machine.role_arn,
            },
            "StateMachine": {"Id": machine.arn, "Name": machine.name},
        }
        if machine.type == "STANDARD":
            self.context["Execution"]["RedriveCount"] = 0
        self.parent: str | None = None  # the ARN of the execution that started it
        self.awaited = False  # is its end what that execution waits for?
        self.map_run: MapRun | None = None  # that it is a child of, with its place in it
        self.place: int | None = None
        self.map_runs: list[MapRun] = []
        self.unsettled = 0  # what is happening to it, and not over: there is no moment to be kept meanwhile
        self._models: list[tuple[str, str]] = []
        self._task: asyncio.Task[Any] | None = None
        self._reason: str | None = None
        self._gates: tuple[Gate, ...] = ()
        self.events.append(("ExecutionStarted", 0, self.start_date, input, machine.role_arn))
        self.frame = Frame(self, input, {}, 0)

    def __repr__(self) -> str:
        return f"Execution({self.name!r}, {self.status})"

    @property
    def models(self) -> tuple[tuple[str, str], ...]:
        """(state, model) of every answer that a model gave, in order."""
        return tuple(self._models)

    @property
    def definition(self) -> Mapping[str, JSON]:
        """The machine's document."""
        return self.machine.definition

    @property
    def redrives(self) -> int:
        """How often it was redriven."""
        count: int = self.context["Execution"].get("RedriveCount", 0)
        return count

    @property
    def at_work(self) -> bool:
        """Does a coroutine run it at the moment?"""
        return self._task is not None

    def note_model(self, state: str, model: str) -> None:
        self._models.append((state, model))

    def history(self) -> list[dict[str, JSON]]:
        """The events in the shape of GetExecutionHistory, timestamps in seconds since the epoch."""
        return history.build(self)

    # --- running ------------------------------------------------------------------------------------------------------

    def hurry(self) -> bool:
        """Runs as far as no event loop is needed; True where that was the end."""
        clock, chance = ambient.CLOCK.set(self.clock), ambient.CHANCE.set(self.chance)
        try:
            with Uncollected():
                return self._hurry()
        finally:
            ambient.CLOCK.reset(clock)
            ambient.CHANCE.reset(chance)

    def _hurry(self) -> bool:
        state: State | None = self.frame.state or self.machine.scope.start
        deadline = self._deadline()
        try:
            while state is not None and state.perform is None:
                state = advance(self.frame, state)
                if self.clock.now() > deadline:
                    self._end_early("TIMED_OUT")
                    return True
        except Failure as failure:
            self.fail(failure)
            return True
        if state is None:
            self._succeed()
            return True
        self.frame.state = state
        return False

    async def work(self) -> None:
        """Runs to the end, and never raises for what the workflow does. The clock counts the caller as at work."""
        import asyncio

        ambient.CLOCK.set(self.clock)
        ambient.CHANCE.set(self.chance)
        self._task = asyncio.current_task()
        assert self._task is not None
        if self._reason is not None:
            self._end_early(self._reason)
            return
        deadline = self._deadline()
        cancel = None
        if deadline != float("inf"):
            cancel = self.clock.timer(deadline - self.clock.now(), lambda: self._interrupt("TIMED_OUT"))
        try:
            failure = await self._driven()
            if self._reason is not None:
                await give_way()  # the interruption comes as a cancellation, here at the latest
            if failure is None:
                self._succeed()
            else:
                self.fail(failure)
        except asyncio.CancelledError:
            if self._reason is None:
                raise
            others = self._task.uncancel()
            self.clock.pause()
            self._end_early(self._reason)
            if others:  # whoever waits for it in this task is cut as well
                raise
        finally:
            self._task = None
            if cancel is not None:
                cancel()

    async def _driven(self) -> Failure | None:
        """Runs its states; what it failed with, where it did."""
        try:
            await drive(self.frame, self.frame.state or self.machine.scope.start)
        except Failure as failure:
            return failure
        return None

    async def finish(self) -> None:
        """Returns once it has ended: runs it, unless somebody else does that already."""
        if self.status == "RUNNING" and self._task is None:
            await self.work()
        else:
            await self.ended()

    async def ended(self) -> None:
        """Returns once it has ended. Somebody else runs it."""
        if self.status == "RUNNING":
            gate = Gate(self.clock)
            self._gates += (gate,)
            await gate.wait()

    async def work_alone(self) -> None:
        """`finish`, as a coroutine that nobody has told the clock about yet."""
        self.clock.resume()
        try:
            await self.finish()
        finally:
            self.clock.pause()

    def child(self, machine: Machine, input: JSON, name: str | None = None) -> Execution:
        """An execution of its own for an item of a Distributed Map, with this one's surroundings."""
        made = Execution(
            machine,
            input,
            service=self.service,
            clock=self.clock,
            chance=self.chance,
            name=name,
            observer=None,
            limits=STANDARD if machine.type == "STANDARD" else EXPRESS,
            machines=self.machines,
            callbacks=self.callbacks,
            text=None,
        )
        made.context["Execution"]["RedriveCount"] = 0
        made.ledger = self.ledger
        return made

    def spawn(self, work: Coroutine[Any, Any, Any], done: Callable[[asyncio.Task[Any]], object]) -> asyncio.Task[Any]:
        """Starts a coroutine beside this one; the clock knows that it is at work until it ends."""
        import asyncio

        self.clock.resume()
        task = asyncio.get_running_loop().create_task(work)
        task.add_done_callback(done)
        task.add_done_callback(self._rest)
        return task

    def _rest(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled():
            task.exception()  # looked at, so that asyncio does not report it a second time
        self.clock.pause()

    def reopen(self) -> Frame:
        """RUNNING again, with the machine's timeout counted from now; gives the frame that it goes on from."""
        if self.journal is not None:
            self.journal.reopened(self)
        self.status = "RUNNING"
        self.error = self.cause = self.stop_date = self._reason = None
        self.since = self.clock.now()
        return self.frame

    def recall(self, status: str, stop: float | None, output: JSON, error: str | None, cause: str | None) -> None:
        """Takes how it ended from what a journal kept."""
        self.status = status
        self.stop_date = stop
        self.output = output
        self.error, self.cause = error, cause

    def resume_from(self, since: float, redrives: int, assigned: int, models: tuple[tuple[str, str], ...]) -> None:
        """Takes what a journal kept of it beside its events and frames."""
        self.since = since
        self.context["Execution"]["RedriveCount"] = redrives
        self.assigned = assigned
        self._models = list(models)

    def stop(self, error: str | None = None, cause: str | None = None) -> None:
        """StopExecution: the execution ends ABORTED with that error and cause. Called on its own event loop."""
        if self.status == "RUNNING":
            self.error, self.cause = error, cause
            self._interrupt("ABORTED")

    def _interrupt(self, reason: str) -> None:
        if self._reason is None:
            self._reason = reason
            if self._task is not None:
                self.unsettled += 1  # until what it waits for is stopped with it
                self.frame.touch()
                self.clock.resume()  # until the cancellation arrives
                self._task.cancel(ABORTED)

    def _deadline(self) -> float:
        seconds = self.machine.timeout
        if self.machine.type != "STANDARD":
            seconds = min(seconds or EXPRESS_SECONDS, EXPRESS_SECONDS)
        return float("inf") if seconds is None else self.since + seconds

    def orphan(self) -> None:
        """Ends ABORTED what nobody will run, since the execution that waited for it does not do so any more."""
        if self.status == "RUNNING" and self._task is None:
            self._end_early("ABORTED")

    def abandon(self, cause: str) -> None:
        """Ends ABORTED an execution that the one which waited for it does not wait for any more."""
        self.stop(cause=cause)
        if self._task is None:
            self._end_early("ABORTED")

    # --- ending -------------------------------------------------------------------------------------------------------

    def _succeed(self) -> None:
        frame = self.frame
        if deeper_than(frame.value, self.limits.depth):
            self.fail(Failure(RUNTIME, f"The output is nested in more than {self.limits.depth} objects and arrays"))
            return
        self.output = frame.value
        frame.record("ExecutionSucceeded", self.output)
        self._end("SUCCEEDED")

    def fail(self, failure: Failure) -> None:
        if len(self.events) >= self.limits.events:
            del self.events[self.limits.events - 1 :]
            self.frame.previous = len(self.events)
        self.error, self.cause = failure.error, failure.cause
        self.frame.record("ExecutionFailed", failure.error, failure.cause)
        self._end("FAILED")

    def _end_early(self, status: str) -> None:
        kind = "ExecutionTimedOut" if status == "TIMED_OUT" else "ExecutionAborted"
        self.events.append((kind, 0, self.clock.now(), self.error, self.cause))
        self._end(status)

    def _end(self, status: str) -> None:
        self.status = status
        self.unsettled = 0
        self.stop_date = self.clock.now()
        if self.journal is not None:
            self.journal.ended(self)
        for gate in self._gates:
            gate.open()
        self._gates = ()
