"""A project's workflows against an account in memory: what is planned, in which order, and that twice is once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.publish.fake import Fake
from treadle import publish
from treadle.errors import ProjectError, PublishError, ServiceError
from treadle.project import Project
from treadle.publish.execute import Bucket
from treadle.publish.names import prefix, short
from treadle.triggers import Trigger, event, post, queue, schedule

JSON = Any
CONVERSE = {
    "QueryLanguage": "JSONata",
    "StartAt": "Ask",
    "States": {
        "Ask": {
            "Type": "Task",
            "Resource": "arn:aws:states:::lambda:invoke",
            "Arguments": {"FunctionName": "app-search", "Payload": "{% $states.input %}"},
            "End": True,
        }
    },
}
WAIT = {"QueryLanguage": "JSONata", "StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 60, "End": True}}}


@dataclass
class Flow:
    """As much of a workflow as publish looks at."""

    name: str = "rag.answer"
    definition: JSON = field(default_factory=lambda: CONVERSE)
    triggers: tuple[Trigger, ...] = ()
    type: str = "STANDARD"

    @property
    def machine_name(self) -> str:
        return f"app-{self.name}".replace(".", "-")


def made(remote: Fake, *flows: Flow, env: str = "dev", lane: str = "chain", settings: JSON = None) -> publish.Plan:
    project = Project(Path("/nowhere"), "app", {"publish": settings or {}})
    served = [publish.Served(flow, lane, "app-jobs" if lane == "queued" else None) for flow in flows]  # type: ignore[arg-type]
    deployments = publish.describe(project, served, env, publish.place(remote, "us-east-1"))
    publish.validate(deployments, env)
    return publish.plan("app", env, deployments, remote)


def shipped(remote: Fake, *flows: Flow, **options: JSON) -> publish.Plan:
    plan = made(remote, *flows, **options)
    publish.execute(plan, remote, sleep=lambda seconds: None)
    return plan


def operations(plan: publish.Plan) -> list[str]:
    return [call.operation for call in plan.calls]


FULL = Flow(triggers=(post("/ask"), event(source="app"), schedule("rate(1 day)", input={"question": "?"})))


def test_a_new_workflow_gets_its_role_machine_alias_rule_and_schedule_in_that_order() -> None:
    remote = Fake()
    assert operations(shipped(remote, FULL)) == [
        "create_role",
        "put_role_policy",
        "create_role",
        "put_role_policy",
        "create_state_machine",
        "create_state_machine_alias",
        "put_rule",
        "put_targets",
        "create_schedule",
    ]
    arn = "arn:aws:states:us-east-1:111122223333:stateMachine:app-rag-answer"
    assert json.loads(remote.machines[arn]["definition"]) == CONVERSE
    assert remote.aliases[f"{arn}:dev"]["routingConfiguration"] == [
        {"stateMachineVersionArn": f"{arn}:1", "weight": 100}
    ]
    (target,) = next(iter(remote.targets.values()))
    assert target["Arn"] == f"{arn}:dev"
    assert target["InputPath"] == "$.detail"
    assert target["RoleArn"] == "arn:aws:iam::111122223333:role/app-rag-answer-dev-start"
    assert target["DeadLetterConfig"] == {"Arn": "arn:aws:sqs:us-east-1:111122223333:app-events-dead"}
    (timer,) = remote.schedules.values()
    assert timer["ScheduleExpression"] == "rate(1 day)"
    assert json.loads(timer["Target"]["Input"]) == {"question": "?"}
    assert set(remote.tags[arn]) == {"treadle:project", "treadle:workflow", "treadle:digest"}


def test_roles_may_do_what_the_definition_does_and_nothing_else() -> None:
    remote = Fake()
    shipped(remote, FULL)
    assert remote.roles["app-rag-answer-states"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"] == {
        "Service": "states.amazonaws.com"
    }
    actions = {
        action for each in remote.policies["app-rag-answer-states"]["Statement"] for action in _list(each["Action"])
    }
    assert actions == {"lambda:InvokeFunction"}
    start = remote.policies["app-rag-answer-dev-start"]["Statement"]
    assert [statement["Action"] for statement in start] == ["states:StartExecution", "sqs:SendMessage"]
    assert "*" not in json.dumps(remote.policies["app-rag-answer-dev-start"])


def _list(value: JSON) -> list[str]:
    return [value] if isinstance(value, str) else value


def test_publishing_again_makes_no_call() -> None:
    remote = Fake()
    shipped(remote, FULL)
    remote.writes.clear()
    again = shipped(remote, FULL)
    assert again.calls == ()
    assert again.text() == "app (dev): nothing to do"
    assert remote.writes == []


def test_a_changed_definition_is_a_new_version_and_the_alias_moves() -> None:
    remote = Fake()
    shipped(remote, FULL)
    changed = Flow(definition=WAIT, triggers=FULL.triggers)
    assert operations(shipped(remote, changed)) == [
        "delete_role_policy",
        "update_state_machine",
        "tag_resource",
        "update_state_machine_alias",
    ]
    arn = "arn:aws:states:us-east-1:111122223333:stateMachine:app-rag-answer"
    assert remote.aliases[f"{arn}:dev"]["routingConfiguration"][0]["stateMachineVersionArn"] == f"{arn}:2"
    assert made(remote, changed).calls == ()


def test_the_layout_of_the_document_does_not_matter() -> None:
    remote = Fake()
    shipped(remote, FULL)
    for machine in remote.machines.values():
        machine["definition"] = json.dumps(json.loads(machine["definition"]), sort_keys=True)
    assert made(remote, FULL).calls == ()


def test_what_somebody_changed_in_the_account_is_put_right() -> None:
    remote = Fake()
    shipped(remote, FULL)
    remote.policies["app-rag-answer-states"]["Statement"][0]["Resource"] = "*"
    next(iter(remote.rules.values()))["State"] = "DISABLED"
    next(iter(remote.targets.values()))[0]["Input"] = "{}"
    next(iter(remote.schedules.values()))["ScheduleExpression"] = "rate(2 days)"
    assert operations(shipped(remote, FULL)) == ["put_role_policy", "put_rule", "put_targets", "update_schedule"]
    assert made(remote, FULL).calls == ()


def test_a_trigger_that_is_gone_takes_its_rule_and_schedule_with_it_and_nobody_elses() -> None:
    remote = Fake()
    two = (event(source="app"), event(source="other"), schedule("rate(1 day)"))
    shipped(remote, Flow(triggers=two), Flow("rag.answer_all", triggers=two))
    assert len(remote.rules) == 4
    done = operations(shipped(remote, Flow(triggers=two[:1]), Flow("rag.answer_all", triggers=two)))
    assert done[-3:] == ["remove_targets", "delete_rule", "delete_schedule"]
    assert len(remote.rules) == 3
    assert len(remote.schedules) == 1


def test_another_environment_has_its_own_alias_and_rules_on_the_same_machine() -> None:
    remote = Fake()
    shipped(remote, FULL)
    prod = operations(shipped(remote, FULL, env="prod"))
    assert "create_state_machine" not in prod
    assert "create_state_machine_alias" in prod
    assert len(remote.rules) == 2
    assert made(remote, FULL).calls == ()
    assert made(remote, FULL, env="prod").calls == ()


def test_a_queued_workflow_has_no_machine_its_rule_fills_its_queue() -> None:
    remote = Fake()
    flow = Flow(triggers=(queue("jobs"), event(source="app"), schedule("rate(1 day)")))
    shipped(remote, flow, lane="queued")
    assert remote.machines == {}
    (target,) = next(iter(remote.targets.values()))
    assert target["Arn"] == "arn:aws:sqs:us-east-1:111122223333:app-jobs"
    assert "RoleArn" not in target
    (policy,) = remote.policies.values()
    assert policy["Statement"][0]["Action"] == "sqs:SendMessage"
    assert made(remote, flow, lane="queued").calls == ()


def test_a_sync_workflow_belongs_to_the_platform() -> None:
    assert made(Fake(), Flow(triggers=(post("/ask"),)), lane="sync").calls == ()


def test_a_workflow_that_became_sync_is_not_started_by_its_old_rules_any_more() -> None:
    remote = Fake()
    shipped(remote, FULL)
    assert operations(shipped(remote, Flow(triggers=(post("/ask"),)), lane="sync")) == [
        "remove_targets",
        "delete_rule",
        "delete_schedule",
    ]
    assert remote.rules == {}
    assert remote.schedules == {}


def test_events_of_aws_itself_are_on_the_default_bus() -> None:
    remote = Fake(buses=("default", "app"))
    shipped(remote, Flow(triggers=(event(source="aws.s3"), event(source="app"))))
    assert sorted(bus for bus, name in remote.rules) == ["app", "default"]


def test_a_missing_bus_says_what_to_do() -> None:
    with pytest.raises(ProjectError, match="no event bus 'app' here: apply infra/ first"):
        made(Fake(buses=("default",)), FULL)


def test_a_log_group_is_used_where_the_project_names_one() -> None:
    remote = Fake()
    shipped(remote, Flow(), settings={"log_group": "/aws/vendedlogs/states/app"})
    (machine,) = [machine for arn, machine in remote.machines.items() if arn.endswith("answer")]
    assert machine["loggingConfiguration"]["level"] == "ERROR"
    assert made(remote, Flow(), settings={"log_group": "/aws/vendedlogs/states/app"}).calls == ()
    assert operations(made(remote, Flow())) == ["put_role_policy", "update_state_machine", "update_state_machine_alias"]


def test_the_type_of_a_machine_cannot_change() -> None:
    remote = Fake()
    shipped(remote, Flow())
    with pytest.raises(ProjectError, match="is STANDARD, and AWS cannot make it EXPRESS"):
        made(remote, Flow(type="EXPRESS"))


def test_a_publish_that_stops_says_where_and_goes_on_from_there() -> None:
    remote = Fake()

    def refuse(operation: str) -> None:
        if operation == "create_state_machine_alias":
            raise ServiceError("ConflictException", "somebody else is at it")

    remote.refuse = refuse
    with pytest.raises(PublishError) as caught:
        shipped(remote, FULL)
    assert "create alias dev" in str(caught.value)
    assert "ConflictException: somebody else is at it" in str(caught.value)
    assert "5 of 9 calls were made, the last: create STANDARD state machine app-rag-answer" in str(caught.value)
    remote.refuse = lambda operation: None
    left = operations(shipped(remote, FULL))
    assert "create_state_machine" not in left
    assert "create_state_machine_alias" in left
    assert made(remote, FULL).calls == ()


def test_a_role_that_is_not_known_yet_is_waited_for() -> None:
    remote = Fake()
    waited: list[float] = []
    refusals = iter([True, True])

    def refuse(operation: str) -> None:
        if operation == "create_state_machine" and next(refusals, False):
            raise ServiceError("AccessDeniedException", "is not authorized to assume the provided role.")

    remote.refuse = refuse
    publish.execute(made(remote, Flow()), remote, sleep=waited.append)
    assert waited == [1.0, 2.0]


def test_a_refusal_of_another_kind_is_not_repeated() -> None:
    remote = Fake()
    asked: list[str] = []

    def refuse(operation: str) -> None:
        asked.append(operation)
        raise ServiceError("AccessDeniedException", "User: ci is not authorized to perform: iam:CreateRole")

    remote.refuse = refuse
    with pytest.raises(PublishError, match="0 of 4 calls were made"):
        publish.execute(made(remote, Flow()), remote, sleep=lambda seconds: None)
    assert asked == ["create_role"]


def test_an_entry_that_failed_inside_an_answer_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Fake()
    entry = {"TargetId": "workflow", "ErrorCode": "LimitExceededException", "ErrorMessage": "too many targets"}
    monkeypatch.setattr(remote, "put_targets", lambda **given: {"FailedEntryCount": 1, "FailedEntries": [entry]})
    with pytest.raises(PublishError, match="LimitExceededException: too many targets"):
        shipped(remote, FULL)


def test_an_endpoint_without_versions_is_named_as_such(monkeypatch: pytest.MonkeyPatch) -> None:
    remote = Fake()
    monkeypatch.setattr(remote, "create_state_machine", lambda **given: {"stateMachineArn": "arn"})
    with pytest.raises(PublishError, match="the answer has no stateMachineVersionArn"):
        shipped(remote, FULL)


def test_calls_come_at_the_rate_that_aws_allows() -> None:
    now = 0.0
    bucket = Bucket(lambda: now, burst=100, rate=1.0)
    assert [bucket.wait() for _ in range(100)] == [0.0] * 100
    assert bucket.wait() == 1.0
    now = 1.0
    assert bucket.wait() == 1.0
    now = 300.0
    assert [bucket.wait() for _ in range(101)] == [0.0] * 100 + [1.0]


def test_a_large_project_is_published_at_one_call_a_second_after_the_burst() -> None:
    remote = Fake()
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    flows = [Flow(f"m.f{index}") for index in range(80)]
    publish.execute(made(remote, *flows), remote, sleep=sleep, now=lambda: clock[0])
    assert 59 <= clock[0] <= 61


def test_the_plan_is_text_and_json_and_names_what_is_not_known_yet() -> None:
    plan = made(Fake(), Flow())
    assert plan.text().splitlines()[:3] == ["app (dev): 4 calls", "rag.answer", "  create role app-rag-answer-states"]
    last = json.loads(json.dumps(plan.json()))["calls"][-1]
    assert last["arguments"]["routingConfiguration"][0]["stateMachineVersionArn"] == "<version of app-rag-answer>"


@pytest.mark.parametrize("env", ["12", "", "a b", "x" * 81])
def test_an_environment_that_cannot_be_an_alias_is_refused(env: str) -> None:
    with pytest.raises(ProjectError, match="environment"):
        made(Fake(), Flow(), env=env)


def test_what_aws_would_refuse_is_refused_before_any_call() -> None:
    remote = Fake()
    long = event({"detail": {"id": [f"identifier-{index:05}" for index in range(300)]}})
    with pytest.raises(ProjectError, match=r"EventBridge takes 4,096"):
        made(remote, Flow(triggers=(long,)))
    with pytest.raises(ProjectError, match=r"rag.answer: .*MISSING|rag.answer: /"):
        made(remote, Flow(definition={"StartAt": "X", "States": {"Y": {"Type": "Succeed"}}}))
    with pytest.raises(ProjectError, match="both become state machine app-a-b: rename one"):
        made(remote, Flow("a.b"), Flow("a-b"))
    assert remote.writes == []


def test_names_fit_and_stay_apart() -> None:
    assert short("a" * 64) == "a" * 64
    assert len(short("a" * 65)) == 64
    assert short("a" * 65) != short("a" * 66)
    assert not prefix("app-rag", "dev").startswith(prefix("app-rag-answer", "dev"))
    assert len(prefix("m" * 80, "dev")) + 8 <= 64
