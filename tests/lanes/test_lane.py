"""Which lane a workflow gets, which it may be given, and why not another."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.lanes.conftest import step
from treadle.errors import ProjectError
from treadle.inputs import LIMIT, TooBig, guard, measure
from treadle.lanes.bundle import build, dumps, load, queue_of
from treadle.lanes.check import check
from treadle.lanes.lane import lane
from treadle.triggers import Route, Trigger, event, get, post, queue, schedule

JSON = Any
ONE = step("{% $states.result %}")


def states(**changed: JSON) -> dict[str, JSON]:
    return {**ONE, "States": {**ONE["States"], **changed}}


def asks(**members: JSON) -> dict[str, JSON]:
    return {**ONE["States"]["Ask"], **members}


@dataclass
class Compiled:
    definition: JSON
    parameters: JSON
    functions: dict[str, Any] = field(default_factory=dict)


@dataclass
class Flow:
    """As much of a workflow as lanes look at."""

    definition: JSON = field(default_factory=lambda: ONE)
    triggers: tuple[Trigger, ...] = ()
    lane: str | None = None
    name: str = "chat.reply"
    type: str = "STANDARD"

    @property
    def machine_name(self) -> str:
        return f"app-{self.name}".replace(".", "-")

    def compile(self) -> Compiled:
        properties = {"day": {"type": "string"}}
        return Compiled(self.definition, {"type": "object", "properties": properties, "additionalProperties": False})


def lane_of(**given: JSON) -> str:
    return lane(Flow(**given))  # type: ignore[arg-type]


TWO = states(Ask=asks(End=False, Next="Again"), Again=asks())
del TWO["States"]["Ask"]["End"]
LOOP = states(Ask={**TWO["States"]["Ask"], "Next": "More?"})
LOOP["States"]["More?"] = {"Type": "Choice", "Choices": [{"Condition": "{% true %}", "Next": "Ask"}], "Default": "End"}
LOOP["States"]["End"] = {"Type": "Succeed"}
SLOW = states(Ask=asks(TimeoutSeconds=60))
JOB = states(Ask=asks(Resource="arn:aws:states:::sagemaker:createTrainingJob.sync"))
WAIT = states(Pause={"Type": "Wait", "Seconds": 5, "Next": "Ask"})
CAUGHT = states(Ask=asks(Catch=[{"ErrorEquals": ["States.ALL"], "Next": "No"}]), No={"Type": "Pass", "End": True})


@pytest.mark.parametrize(
    ("flow", "expected"),
    [
        ({"triggers": (post("/a"),)}, "sync"),
        ({"triggers": (post("/a"), get("/b"))}, "sync"),
        ({"triggers": (post("/a"),), "definition": CAUGHT}, "sync"),
        ({"triggers": (post("/a"),), "definition": SLOW}, "queued"),
        ({"triggers": (queue("q"),)}, "queued"),
        ({"triggers": (event(source="s"),)}, "queued"),
        ({"triggers": (post("/a"), event(source="s"))}, "queued"),
        ({}, "chain"),
        ({"triggers": (post("/a"),), "definition": TWO}, "chain"),
        ({"triggers": (post("/a"),), "definition": LOOP}, "chain"),
        ({"triggers": (post("/a"),), "definition": JOB}, "chain"),
        ({"triggers": (queue("q"),), "definition": WAIT}, "chain"),
        ({"triggers": (post("/a"),), "lane": "chain"}, "chain"),
        ({"triggers": (post("/a"),), "lane": "queued"}, "queued"),
        ({"lane": "queued"}, "queued"),
    ],
)
def test_the_lane_follows_from_steps_and_triggers(flow: JSON, expected: str) -> None:
    assert lane_of(**flow) == expected


@pytest.mark.parametrize(
    ("flow", "reason"),
    [
        ({"lane": "sync", "triggers": (queue("q"),)}, "queue triggers have nobody who waits for the answer"),
        (
            {"lane": "sync", "triggers": (post("/a"),), "definition": SLOW},
            "Ask may take 60 s, and API Gateway waits 29 s",
        ),
        ({"lane": "sync", "triggers": (post("/a"),), "definition": TWO}, "it has 2 steps (Ask, Again)"),
        ({"lane": "queued", "definition": LOOP}, "Ask is in a loop"),
        ({"lane": "queued", "definition": WAIT}, "Pause is a Wait state"),
        ({"lane": "queued", "definition": JOB}, "Ask waits for a job or a token (.sync)"),
        ({"lane": "fast"}, "no such lane"),
    ],
)
def test_an_impossible_lane_is_refused_with_the_reason(flow: JSON, reason: str) -> None:
    with pytest.raises(ProjectError) as caught:
        lane_of(**flow)
    assert str(caught.value) == f'chat.reply: lane="{flow["lane"]}" is impossible: {reason}: leave lane= out'


@dataclass
class Project:
    workflows: dict[str, Flow]
    name: str = "app"


def project(*flows: Flow) -> Any:
    return Project({flow.name: flow for flow in flows})


def test_a_bundle_carries_the_degenerate_workflows_and_reads_back(tmp_path: Path) -> None:
    made = build(
        project(
            Flow(name="a.now", triggers=(post("/now"),)),
            Flow(name="b.later", triggers=(queue("jobs"), post("/later"))),
            Flow(name="c.heard", triggers=(event(source="s"),)),
            Flow(name="d.long", definition=TWO, triggers=(post("/long"), queue("long jobs"))),
        )
    )
    assert {name: entry.lane for name, entry in made.entries.items()} == {
        "a.now": "sync",
        "b.later": "queued",
        "c.heard": "queued",
        "d.long": "chain",
    }
    assert made.routes == {"POST /later": "b.later", "POST /long": "d.long", "POST /now": "a.now"}
    assert made.queues == {"app-c-heard": "c.heard", "app-jobs": "b.later", "app-long-jobs": "d.long"}
    assert queue_of(made, "c.heard") == "app-c-heard"
    assert made.entries["a.now"].definition == ONE
    assert made.entries["d.long"].definition == {}
    assert "bedrock:InvokeModel" in dumps(made)
    file = tmp_path / "bundle.json"
    file.write_text(dumps(made), "utf-8")
    assert dumps(load(file)) == dumps(made)


def test_two_workflows_cannot_have_one_route_or_queue() -> None:
    both = Flow(name="a", triggers=(post("/x"),)), Flow(name="b", triggers=(post("/x"),))
    with pytest.raises(ProjectError, match=r"route POST /x starts both a and b"):
        build(project(*both))
    both = Flow(name="a", triggers=(queue("x"),)), Flow(name="b", triggers=(queue("x"),))
    with pytest.raises(ProjectError, match="queue app-x starts both a and b"):
        build(project(*both))


def test_triggers_that_cannot_work_are_all_named_at_once() -> None:
    flows: list[Any] = [
        Flow(name="a", triggers=(event({"source": "s"}), schedule("every day"), post("x"))),
        Flow(name="b", triggers=(schedule("rate(1 day)", input={"night": 1}), Route("FETCH", "/x"))),
        Flow(name="c", triggers=(schedule("rate(1 day)", input={"day": "today"}), event(source="s"), post("/x"))),
    ]
    with pytest.raises(ProjectError) as caught:
        check(flows)
    lines = str(caught.value).splitlines()
    assert [line[:30] for line in lines] == [
        "a: Event pattern is not valid.",
        "a: schedule 'every day': write",
        "a: route POST x: a path starts",
        "b: unknown parameter 'night': ",
        "b: route FETCH /x: a path star",
    ]


def test_the_seam_takes_256_kib_of_utf8_and_not_a_byte_more() -> None:
    value = {"text": "ü" * ((LIMIT - len('{"text":""}')) // 2)}
    assert measure(value) in (LIMIT, LIMIT - 1)
    assert guard(value) is value
    with pytest.raises(TooBig, match=r"262,14\d bytes, an execution takes 262,144: its largest field is 'text'"):
        guard({"text": value["text"] + "ü"})
    with pytest.raises(TooBig, match="an execution takes 262,144"):
        guard(["x" * LIMIT])
