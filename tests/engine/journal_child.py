"""A process that runs a mixed load with a journal, and can be killed at any moment.

    python -m tests.engine.journal_child FOLDER EXECUTIONS

Started again in the same folder it goes on; when every execution has ended it prints `done` and exits.
"""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path
from typing import Any

from treadle.engine import Resource, TaskRequest, TaskResponse, begin, load, send_task_success
from treadle.engine.journal import Journal
from treadle.engine.redrive import restart
from treadle.errors import ServiceError

LAMBDA = "arn:aws:states:::lambda:invoke"


def task(payload: Any, **more: Any) -> dict[str, Any]:
    arguments = {"FunctionName": "f", "Payload": payload}
    return {
        "Type": "Task",
        "Resource": LAMBDA,
        "Arguments": arguments,
        "Output": "{% $states.result.Payload %}",
        **more,
    }


def starting(name: str, pattern: str = "", **more: Any) -> dict[str, Any]:
    """A Task that starts another machine of the load."""
    arguments = {
        "StateMachineArn": f"arn:aws:states:us-east-1:123456789012:stateMachine:{name}",
        **more.pop("also", {}),
    }
    return {
        "Type": "Task",
        "Resource": f"arn:aws:states:::states:startExecution{pattern}",
        "Arguments": {"Input": "{% $states.input %}", **arguments},
        **more,
    }


def distributed(kind: str, states: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Type": "Map",
        "Label": "Each",
        "Items": "{% [1..9] %}",
        "ItemProcessor": {
            "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind},
            "StartAt": next(iter(states)),
            "States": states,
        },
        "Next": "Sum",
        **more,
    }


_FIRST = "$states.context.Execution.RedriveCount = 0"


# One machine for each way of being half-way: a loop, tasks one after another, waits, a Map of tasks, a Parallel with a
# branch that fails and is caught, a task that is retried, task tokens; executions that start executions and wait for
# them (two deep, and inside a Map), leave them alone, or wait to be answered by them; and Distributed Maps, children of
# which start executions in turn, and of another fail until they are redriven.
MACHINES: dict[str, dict[str, Any]] = {
    "loop": {
        "StartAt": "More",
        "States": {
            "More": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% $states.input.n < 60 %}", "Next": "Count"}],
                "Default": "Rest",
            },
            "Count": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "More"},
            "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Done"},
            "Done": {"Type": "Succeed"},
        },
    },
    "chain": {
        "StartAt": "One",
        "States": {
            "One": task(
                {"n": "{% $states.input.n + 1 %}"}, Assign={"seen": "{% $states.result.Payload.n %}"}, Next="Two"
            ),
            "Two": task({"n": "{% $states.input.n + $seen %}"}, Next="Rest"),
            "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Three"},
            "Three": task({"n": "{% $states.input.n * 2 %}"}, End=True),
        },
    },
    "map": {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% [1..12] %}",
                "MaxConcurrency": 4,
                "ItemProcessor": {
                    "StartAt": "Before",
                    "States": {
                        "Before": {"Type": "Pass", "Output": "{% $states.input * 10 %}", "Next": "Work"},
                        "Work": task("{% $states.input + 1 %}", Next="After"),
                        "After": {"Type": "Pass", "End": True},
                    },
                },
                "Next": "Sum",
            },
            "Sum": {"Type": "Pass", "Output": {"n": "{% $sum($states.input) %}"}, "End": True},
        },
    },
    "branches": {
        "StartAt": "Both",
        "States": {
            "Both": {
                "Type": "Parallel",
                "Branches": [
                    {"StartAt": "A", "States": {"A": task(1, Next="B"), "B": task(2, End=True)}},
                    {"StartAt": "C", "States": {"C": task(3, Next="Bad"), "Bad": {"Type": "Fail", "Error": "Oops"}}},
                ],
                "Catch": [
                    {"ErrorEquals": ["Oops"], "Output": {"n": "{% $states.errorOutput.Error %}"}, "Next": "Late"}
                ],
                "End": True,
            },
            "Late": {"Type": "Pass", "End": True},
        },
    },
    "retry": {
        "StartAt": "Try",
        "States": {
            "Try": task(
                {"n": 5, "fail": True},
                Retry=[{"ErrorEquals": ["Busy"], "IntervalSeconds": 1, "MaxAttempts": 3, "BackoffRate": 1}],
                Catch=[{"ErrorEquals": ["Busy"], "Output": {"n": "gave up"}, "Next": "End"}],
                Next="End",
            ),
            "End": {"Type": "Pass", "End": True},
        },
    },
    "token": {
        "StartAt": "Ask",
        "States": {
            "Ask": {
                "Type": "Task",
                "Resource": f"{LAMBDA}.waitForTaskToken",
                "Arguments": {"FunctionName": "ask", "Payload": {"token": "{% $states.context.Task.Token %}"}},
                "Next": "Heard",
            },
            "Heard": {"Type": "Pass", "End": True},
        },
    },
    "nested": {
        "StartAt": "Before",
        "States": {
            "Before": {"Type": "Pass", "Next": "Start"},
            "Start": starting(
                "middle", ".sync:2", TimeoutSeconds=6000, Output="{% $states.result.Output %}", Next="After"
            ),
            "After": {"Type": "Pass", "End": True},
        },
    },
    "several": {
        "StartAt": "Each",
        "States": {
            "Each": {
                "Type": "Map",
                "Items": "{% [1..4] %}",
                "MaxConcurrency": 3,
                "ItemProcessor": {
                    "StartAt": "One",
                    "States": {
                        "One": starting(
                            "leaf",
                            ".sync:2",
                            also={"Input": {"n": "{% $states.input %}"}},
                            Output="{% $states.result.Output.n %}",
                            End=True,
                        )
                    },
                },
                "Next": "Sum",
            },
            "Sum": {"Type": "Pass", "Output": {"n": "{% $sum($states.input) %}"}, "End": True},
        },
    },
    "items": {
        "StartAt": "Each",
        "States": {
            "Each": distributed(
                "STANDARD",
                {
                    "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Work"},
                    "Work": task({"n": "{% $states.input * 10 %}"}, Next="Start"),
                    "Start": starting("leaf", ".sync:2", Output="{% $states.result.Output.n %}", End=True),
                },
                MaxConcurrency=4,
            ),
            "Sum": {"Type": "Pass", "Output": {"n": "{% $sum($states.input) %}"}, "End": True},
        },
    },
    "express": {
        "StartAt": "Each",
        "States": {
            "Each": distributed("EXPRESS", {"Work": task("{% $states.input * 10 %}", End=True)}, MaxConcurrency=3),
            "Sum": {"Type": "Pass", "Output": {"n": "{% $sum($states.input) %}"}, "End": True},
        },
    },
    "redriven": {
        "StartAt": "Each",
        "States": {
            "Each": distributed(
                "STANDARD",
                {
                    "Before": {"Type": "Pass", "Output": {"n": "{% $states.input %}"}, "Next": "Work"},
                    "Work": task(
                        {
                            "n": "{% $states.input.n * 10 %}",
                            "fail": "{% $states.input.n in [2, 3] and " + _FIRST + " %}",
                        },
                        Output="{% $states.result.Payload.n %}",
                        End=True,
                    ),
                },
                MaxConcurrency=3,
                ToleratedFailureCount=1,
            ),
            "Sum": {"Type": "Pass", "Output": {"n": "{% $sum($states.input) %}"}, "Next": "More"},
            "More": task(
                {"n": "{% $states.input.n %}", "fail": "{% $states.context.Execution.RedriveCount < 2 %}"}, End=True
            ),
        },
    },
    "fire": {
        "StartAt": "Start",
        "States": {
            "Start": starting("middle", Output="{% $exists($states.result.ExecutionArn) %}", Next="Work"),
            "Work": task("{% $states.input %}", End=True),
        },
    },
    "asked": {
        "StartAt": "Start",
        "States": {
            "Start": starting(
                "asking",
                ".waitForTaskToken",
                also={"Input": {"token": "{% $states.context.Task.Token %}"}},
                Next="After",
            ),
            "After": {"Type": "Pass", "End": True},
        },
    },
}
# What they start.
STARTED: dict[str, dict[str, Any]] = {
    "leaf": {
        "StartAt": "Add",
        "States": {
            "Add": {"Type": "Pass", "Output": {"n": "{% $states.input.n + 1 %}"}, "Next": "Rest"},
            "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Work"},
            "Work": task("{% $states.input %}", End=True),
        },
    },
    "middle": {
        "StartAt": "Work",
        "States": {
            "Work": task("{% $states.input %}", Next="Start"),
            "Start": starting("leaf", ".sync:2", Output="{% $states.result.Output %}", Next="More"),
            "More": task({"n": "{% $states.input.n * 10 %}"}, End=True),
        },
    },
    "asking": {
        "StartAt": "Rest",
        "States": {
            "Rest": {"Type": "Wait", "Seconds": 0, "Next": "Ask"},
            "Ask": {
                "Type": "Task",
                "Resource": LAMBDA,
                "Arguments": {"FunctionName": "ask", "Payload": "{% $states.input %}"},
                "Output": "{% $states.input.token ? 1 : 0 %}",
                "End": True,
            },
        },
    },
}
EXPECTED: dict[str, Any] = {
    "loop": {"n": 60},
    "chain": {"n": 4},
    "map": {"n": 792},
    "branches": {"n": "Oops"},
    "retry": {"n": "gave up"},
    "token": {"answer": 42},
    "nested": {"n": 10},
    "several": {"n": 14},
    "items": {"n": 459},
    "express": {"n": 450},
    "redriven": {"n": 450, "fail": False},
    "fire": True,
    "asked": {"answer": 42},
}


class World:
    """What is outside: functions that take a moment, and somebody who answers tokens, even after a restart."""

    def __init__(self, folder: Path, journal: Journal) -> None:
        self._asked = folder / "asked"
        self._answered = folder / "answered"
        self._journal = journal

    def handles(self, resource: Resource) -> bool:
        return True

    async def call(self, request: TaskRequest) -> TaskResponse:
        await asyncio.sleep(random.random() * 0.01)
        payload = request.arguments["Payload"]
        if request.arguments["FunctionName"] == "ask":
            with self._asked.open("a") as file:
                file.write(payload["token"] + "\n")
            return TaskResponse({})
        if isinstance(payload, dict) and payload.get("fail"):
            raise ServiceError("Busy", "not now")
        return TaskResponse({"Payload": payload})

    async def answer(self) -> None:
        """Answers every token that was asked for; an answer counts once it was acknowledged."""
        while True:
            await asyncio.sleep(0.005)
            asked = self._asked.read_text().split() if self._asked.exists() else []
            answered = set(self._answered.read_text().split()) if self._answered.exists() else set()
            for token in asked:
                if token in answered:
                    continue
                try:
                    send_task_success(token, {"answer": 42})
                except ServiceError:
                    continue  # not waited for yet, or not any more
                await self._journal.settled()
                with self._answered.open("a") as file:
                    file.write(token + "\n")


class Quick:
    """The real clock, with every second a hundredth of one, so that back-offs are met often but not waited for long."""

    def __init__(self) -> None:
        from treadle.engine import RealClock

        self._clock = RealClock()
        self.resume = self._clock.resume
        self.pause = self._clock.pause

    def now(self) -> float:
        return time.time() * 100

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(max(seconds, 0) / 100)

    def timer(self, seconds: float, callback: Any) -> Any:
        return self._clock.timer(seconds / 100, callback)


async def main(folder: Path, count: int) -> None:
    journal = Journal(folder / "journal.sqlite", interval=0.002)
    world, clock = World(folder, journal), Quick()
    started = [load({"QueryLanguage": "JSONata", **document}, name=name) for name, document in STARTED.items()]
    machines = {machine.arn: machine for machine in started}
    running = journal.recover(service=world, clock=clock, machines=machines)
    known = {kept["name"] for kept in journal.executions()}
    for index in range(count):
        kind = list(MACHINES)[index % len(MACHINES)]
        if f"{kind}-{index}" not in known:
            machine = load({"QueryLanguage": "JSONata", **MACHINES[kind]}, name=kind)
            name = f"{kind}-{index}"
            running.append(
                begin(machine, {"n": 0}, service=world, clock=clock, name=name, journal=journal, machines=machines)
            )
    print("started", flush=True)
    asking = asyncio.create_task(world.answer())
    await asyncio.gather(*(execution.work_alone() for execution in running))
    while journal.executions(status="RUNNING"):  # what was started and left alone
        await asyncio.sleep(0.005)
    await journal.settled()
    await redriven(journal)
    asking.cancel()
    journal.close()
    print("done", flush=True)


async def redriven(journal: Journal) -> None:
    """Redrives what has failed until it ends well; the children of its Map Run are redriven with it."""

    async def until_it_ends_well(arn: str) -> None:
        execution = journal.find(arn)
        while execution is not None and execution.status == "FAILED":
            assert execution.redrives < 3, (execution.error, execution.cause)
            await restart(execution)

    failed = [one["arn"] for one in journal.executions(status="FAILED") if one["parent"] is None]
    await asyncio.gather(*(until_it_ends_well(arn) for arn in failed))


def transitions(events: list[tuple[Any, ...]]) -> dict[str, int]:
    """How often each state was entered and exited, by `name kind`."""
    counts: dict[str, int] = {}
    for kind, _, _, *details in events:
        if kind.endswith(("StateEntered", "StateExited")):
            key = f"{details[0]} {kind}"
            counts[key] = counts.get(key, 0) + 1
    return dict(sorted(counts.items()))


def report(folder: Path) -> dict[str, Any]:
    """Each execution that nobody started: its status, output and transitions, and the same of those that it started."""
    journal = Journal(folder / "journal.sqlite")
    kept = journal.executions()
    made: dict[str, list[Any]] = {
        one["arn"]: [one["status"], one["output"], transitions(journal.history(one["arn"])), []] for one in kept
    }
    for one in kept:
        if one["parent"] is not None:
            made[one["parent"]][3].append((one["arn"].split(":")[6], made[one["arn"]]))
    for found in made.values():
        found[3].sort(key=repr)
    journal.close()
    return {one["name"]: made[one["arn"]] for one in kept if one["parent"] is None}


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
