"""What a definition needs to be allowed: the actions it calls on the resources it names, and nothing else.

A name that only the execution knows becomes `*` in its place of the ARN. A Task with Credentials needs nothing but to
assume that role. The policies follow "IAM policies for integrated services" of the developer guide:
https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from treadle.asl import iam, models
from treadle.asl.document import states
from treadle.asl.jobs import JOBS, PASSED_TO, RULES
from treadle.asl.reference import FOLDER
from treadle.asl.sizes import is_distributed

JSON = Any
Statement = dict[str, JSON]
ANY: Final = "*"


@dataclass(frozen=True, slots=True)
class Need:
    """One action on one resource; `service` is the service a role is passed to, for iam:PassRole alone."""

    action: str
    resource: str
    service: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the machine runs, for the ARNs of what the definition names by a plain name."""

    partition: str
    region: str
    account: str
    name: str
    objects: str = ANY

    def arn(self, service: str, rest: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"

    def fill(self, template: str, value: str) -> str:
        return template.format(p=self.partition, r=self.region, a=self.account, v=value)


def permissions(
    definition: Mapping[str, JSON],
    *,
    partition: str = "aws",
    region: str = ANY,
    account: str = ANY,
    name: str = ANY,
    objects: str = ANY,
) -> list[Statement]:
    """IAM statements in a fixed order.

    `name` is the machine's own, which a Distributed Map starts children of; `objects` is the bucket of Large values,
    which it may go over.
    """
    place = Place(partition, region, account, name, objects)
    needs = {need for _, _, state in states(definition) for need in _needs(state, place)}
    return statements(needs)


def statements(needs: Iterable[Need]) -> list[Statement]:
    """The fewest statements that say the same: resources with equal actions share one."""
    wanted = set(needs)
    wide = {(need.action, need.service) for need in wanted if need.resource == ANY}
    by_resource: dict[tuple[str, str], set[str]] = {}
    for need in wanted:
        if need.resource == ANY or (need.action, need.service) not in wide:
            by_resource.setdefault((need.service, need.resource), set()).add(need.action)
    by_actions: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    for (service, resource), acts in by_resource.items():
        by_actions.setdefault((service, tuple(sorted(acts))), []).append(resource)
    result = []
    for (service, group), resources in sorted(
        by_actions.items(), key=lambda item: (item[0][1], item[0][0], sorted(item[1]))
    ):
        statement: Statement = {"Effect": "Allow", "Action": list(group), "Resource": sorted(resources)}
        if service:
            statement["Condition"] = {"StringEquals": {"iam:PassedToService": service}}
        result.append(statement)
    return result


def _needs(state: Mapping[str, JSON], place: Place) -> Iterator[Need]:
    if state.get("Type") == "Map" and is_distributed(state):
        yield from _distributed(state, place)
    if state.get("Type") != "Task":
        return
    credentials = state.get("Credentials")
    if credentials is not None:
        yield Need("sts:AssumeRole", literal(credentials, "RoleArn") or f"arn:{place.partition}:iam::*:role/*")
        return
    resource = str(state.get("Resource", ""))
    integration = resource.partition(":states:::")[2]
    if not integration:
        if ":lambda:" in resource or (resource.startswith("${") and ":activity:" not in resource):
            yield Need("lambda:InvokeFunction", resource)
        return
    call, _, pattern = integration.partition(".")
    request = state.get("Arguments", state.get("Parameters"))
    if call.startswith("aws-sdk:"):
        _, service, operation = call.split(":", 2)
        yield from _sdk(service, operation, request, place)
    else:
        yield from _optimized(call, pattern, request, place)


# What a request says ------------------------------------------------------------------------------------------------


def literal(request: JSON, field: str) -> str | None:
    """The text a request gives for `field`, None where only the execution knows it or the request leaves it out."""
    value = request.get(field) if isinstance(request, Mapping) else None
    if not isinstance(value, str):
        return None
    if value.startswith("{%"):
        constant = re.fullmatch(r"\{%\s*(?:'([^'\\]*)'|\"([^\"\\]*)\")\s*%\}", value)
        return (constant[1] or constant[2] or "") if constant else None
    return value


def named(request: JSON, field: str, template: str, place: Place) -> str:
    """The ARN of what a request names: as it is where it is an ARN, and `*` where only the execution knows it."""
    value = literal(request, field)
    if value is None:
        return place.fill(template, ANY) if template != "{v}" else ANY
    return value if is_arn(value) else place.fill(template, value)


def is_arn(value: str) -> bool:
    """An ARN, or a substitution whose own name says that it is one: `${QueueArn}`."""
    return value.startswith("arn:") or re.fullmatch(r"\$\{\w*[Aa][Rr][Nn]\w*\}", value) is not None


# Integrations of the service's own API --------------------------------------------------------------------------------


def _sdk(service: str, operation: str, request: JSON, place: Place) -> Iterator[Need]:
    acts = iam.actions(service, operation)
    if service == "bedrockruntime":
        yield from bedrock_needs(acts[0], request, place)
        return
    if service == "s3":
        for action in acts:
            yield Need(action, _s3_resource(action, request, place))
        return
    resource = _sdk_resource(iam.PREFIXES.get(service, service), request, place)
    for action in acts:
        yield Need(action, resource)
    yield from passed_roles(request, ANY)


def _sdk_resource(prefix: str, request: JSON, place: Place) -> str:
    if prefix == "sqs":
        return queue(request, place)
    for (owner, field), template in iam.NAMED.items():
        if owner == prefix and isinstance(request, Mapping) and field in request:
            return named(request, field, template, place)
    return ANY


def _s3_resource(action: str, request: JSON, place: Place) -> str:
    if action == "s3:ListAllMyBuckets":
        return ANY
    source = literal(request, "CopySource") if action == "s3:GetObject" and isinstance(request, Mapping) else None
    if source:
        return f"arn:{place.partition}:s3:::{source.lstrip('/')}"
    if (
        action == "s3:GetObject"
        and isinstance(request, Mapping)
        and any(key.startswith("CopySource") for key in request)
    ):
        return f"arn:{place.partition}:s3:::*/*"
    bucket = literal(request, "Bucket") or ANY
    if not iam.on_objects(action):
        return f"arn:{place.partition}:s3:::{bucket}"
    return f"arn:{place.partition}:s3:::{bucket}/{literal(request, 'Key') or ANY}"


def queue(request: JSON, place: Place) -> str:
    """The ARN of the queue that a QueueUrl names."""
    url = literal(request, "QueueUrl")
    if url is None:
        return place.arn("sqs", ANY)
    if is_arn(url):
        return url
    found = re.fullmatch(r"https?://(?:sqs\.([\w-]+)\.)?[^/]+/(\d+)/([^/]+)", url)
    if found is None:
        return place.arn("sqs", ANY) if url.startswith(("${", "http")) else place.arn("sqs", url)
    return f"arn:{place.partition}:sqs:{found[1] or place.region}:{found[2]}:{found[3]}"


def bedrock_needs(action: str, request: JSON, place: Place) -> Iterator[Need]:
    """A model, by its id, by an inference profile or by ARN; a guardrail; objects that are read or written."""
    for resource in models.resources(literal(request, "ModelId"), place.partition, place.region, place.account):
        yield Need(action, resource)
    if not isinstance(request, Mapping):
        return
    guardrail = request.get("GuardrailConfig", request)
    if isinstance(guardrail, Mapping) and "GuardrailIdentifier" in guardrail:
        yield Need(
            "bedrock:ApplyGuardrail",
            named(guardrail, "GuardrailIdentifier", "arn:{p}:bedrock:{r}:{a}:guardrail/{v}", place),
        )
    for field, act in (("Input", "s3:GetObject"), ("Output", "s3:PutObject")):
        where = request.get(field)
        if isinstance(where, Mapping) and any(key.startswith("S3Uri") for key in where):
            uri = literal(where, "S3Uri")
            yield Need(act, f"arn:{place.partition}:s3:::{(uri or 's3://*/*').removeprefix('s3://')}")


def passed_roles(request: JSON, service: str) -> Iterator[Need]:
    """The roles that a request hands to a service, wherever in it they stand."""
    if isinstance(request, list):
        for each in request:
            yield from passed_roles(each, service)
    if not isinstance(request, Mapping):
        return
    for field, value in request.items():
        if isinstance(value, str) and re.fullmatch(r"arn:[^:]*:iam::[^:]*:role/.+", value):
            yield Need("iam:PassRole", value, "" if service == ANY else service)
        else:
            yield from passed_roles(value, service)
        if service != ANY and field in ("RoleArn.$", "ExecutionRoleArn.$", "Role.$"):
            yield Need("iam:PassRole", "*", service)


# Optimized integrations -----------------------------------------------------------------------------------------------


def _optimized(call: str, pattern: str, request: JSON, place: Place) -> Iterator[Need]:
    service, _, operation = call.partition(":")
    sync = pattern.startswith("sync")
    special = _SPECIAL.get(service)
    if special:
        yield from special(operation, sync, request, place)
        return
    for row in JOBS.get(call, ()):
        if row.sync and not sync:
            continue
        for action in row.actions:
            yield Need(action, place.fill(row.resource, _value(request, row.field)))
    if call in PASSED_TO:
        yield from passed_roles(request, PASSED_TO[call])
    if sync and call in RULES:
        yield from events_rule(RULES[call], place)


def _value(request: JSON, field: str) -> str:
    return (literal(request, field) or ANY) if field else ANY


def events_rule(rule: str, place: Place) -> Iterator[Need]:
    """The managed rule by which Step Functions hears that a job has ended."""
    for action in ("events:DescribeRule", "events:PutRule", "events:PutTargets"):
        yield Need(action, place.arn("events", f"rule/{rule}"))


def _lambda(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    function = named(request, "FunctionName", "arn:{p}:lambda:{r}:{a}:function:{v}", place)
    partial = re.fullmatch(r"(?:.*:)?(\d{12}):function:(.+)", literal(request, "FunctionName") or "")
    if partial and not function.startswith(f"arn:{place.partition}:lambda:{place.region}:{partial[1]}"):
        own = literal(request, "FunctionName") or ""
        function = own if own.startswith("arn:") else f"arn:{place.partition}:lambda:{place.region}:{own}"
    qualifier = literal(request, "Qualifier")
    if isinstance(request, Mapping) and "Qualifier.$" in request:
        qualifier = ANY
    if qualifier and function.count(":") == 6:
        function = f"{function}:{qualifier}"
    yield Need("lambda:InvokeFunction", function)


def _states(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    machine = _nested(request, place)
    yield Need("states:StartExecution", machine)
    if sync:
        found = re.fullmatch(r"(arn:[^:]*:states:[^:]*:[^:]*):stateMachine:([^:]+)(?::.+)?", machine)
        execution = f"{found[1]}:execution:{found[2]}:*" if found else place.arn("states", "execution:*:*")
        yield Need("states:DescribeExecution", execution)
        yield Need("states:StopExecution", execution)
        yield from events_rule("StepFunctionsGetEventsForStepFunctionsExecutionRule", place)


def _nested(request: JSON, place: Place) -> str:
    """The machine that is started. One named as a neighbour of this machine is found in its expression."""
    value = request.get("StateMachineArn") if isinstance(request, Mapping) else None
    expression = value if isinstance(value, str) else ""
    neighbour = re.fullmatch(
        r"\{%\s*\$replace\(\$states\.context\.StateMachine\.Id,\s*/:stateMachine:\.\*\$/,\s*['\"]:stateMachine:([\w-]+)['\"]\)\s*%\}",
        expression,
    )
    if neighbour:
        return place.arn("states", f"stateMachine:{neighbour[1]}")
    return named(request, "StateMachineArn", "arn:{p}:states:{r}:{a}:stateMachine:{v}", place)


def _dynamodb(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    action = f"dynamodb:{operation[:1].upper()}{operation[1:]}"
    yield Need(action, named(request, "TableName", iam.NAMED["dynamodb", "TableName"], place))


def _sqs(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    yield Need("sqs:SendMessage", queue(request, place))


def _sns(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    target = literal(request, "TopicArn") or literal(request, "TargetArn")
    by_phone = isinstance(request, Mapping) and any(field.startswith("PhoneNumber") for field in request)
    yield Need("sns:Publish", target or (ANY if by_phone else place.arn("sns", ANY)))


def _events(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    entries = request.get("Entries") if isinstance(request, Mapping) else None
    if not isinstance(entries, list) or not entries:
        yield Need("events:PutEvents", place.arn("events", "event-bus/*"))
        return
    for entry in entries:
        bus = entry if isinstance(entry, Mapping) else {}
        known = any(field.startswith("EventBusName") for field in bus)
        default = place.arn("events", "event-bus/default")
        yield Need(
            "events:PutEvents",
            named(bus, "EventBusName", iam.NAMED["events", "EventBusName"], place) if known else default,
        )


def _apigateway(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    if literal(request, "AuthType") in (None, "NO_AUTH") and not _dynamic(request, "AuthType"):
        return
    endpoint = literal(request, "ApiEndpoint") or ""
    found = re.fullmatch(r"([^.]+)\.execute-api\.([^.]+)\..+", endpoint)
    api, region = (found[1], found[2]) if found else (ANY, place.region)
    stage, method = literal(request, "Stage") or ANY, literal(request, "Method") or ANY
    path = (literal(request, "Path") or ANY).lstrip("/")
    yield Need(
        "execute-api:Invoke",
        f"arn:{place.partition}:execute-api:{region}:{place.account}:{api}/{stage}/{method}/{path}",
    )


def _dynamic(request: JSON, field: str) -> bool:
    return isinstance(request, Mapping) and (f"{field}.$" in request or str(request.get(field, "")).startswith("{%"))


def _http(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    yield Need("states:InvokeHTTPEndpoint", place.arn("states", f"stateMachine:{place.name}"))
    authentication = request.get("Authentication") if isinstance(request, Mapping) else None
    yield Need(
        "events:RetrieveConnectionCredentials",
        literal(authentication, "ConnectionArn") or place.arn("events", "connection/*"),
    )
    for action in ("secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"):
        yield Need(action, place.arn("secretsmanager", "secret:events!connection/*"))


def _bedrock(operation: str, sync: bool, request: JSON, place: Place) -> Iterator[Need]:
    if operation == "invokeModel":
        yield from bedrock_needs("bedrock:InvokeModel", request, place)
        return
    base = named(request, "BaseModelIdentifier", "arn:{p}:bedrock:{r}::foundation-model/{v}", place)
    job = place.arn("bedrock", "model-customization-job/*")
    for resource in (base, place.arn("bedrock", "custom-model/*"), job):
        yield Need("bedrock:CreateModelCustomizationJob", resource)
    yield from passed_roles(request, "bedrock.amazonaws.com")
    if sync:
        yield Need("bedrock:GetModelCustomizationJob", job)
        yield Need("bedrock:StopModelCustomizationJob", job)


_SPECIAL = {
    "apigateway": _apigateway,
    "bedrock": _bedrock,
    "dynamodb": _dynamodb,
    "events": _events,
    "http": _http,
    "lambda": _lambda,
    "sns": _sns,
    "sqs": _sqs,
    "states": _states,
}


# Distributed Map ------------------------------------------------------------------------------------------------------


def _distributed(state: Mapping[str, JSON], place: Place) -> Iterator[Need]:
    """Its children are executions of the machine itself; it reads and writes S3 in its own name."""
    yield Need("states:StartExecution", place.arn("states", f"stateMachine:{place.name}"))
    for action in ("states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"):
        yield Need(action, place.arn("states", f"execution:{place.name}/*"))
    reader, writer = state.get("ItemReader"), state.get("ResultWriter")
    if isinstance(reader, Mapping):
        where = reader.get("Arguments", reader.get("Parameters"))
        config = reader.get("ReaderConfig")
        flatten = isinstance(config, Mapping) and config.get("Transformation") == "LOAD_AND_FLATTEN"
        manifest = isinstance(config, Mapping) and config.get("InputType") == "MANIFEST"
        bucket = literal(where, "Bucket") or ANY
        if str(reader.get("Resource", "")).endswith(":listObjectsV2"):
            yield Need("s3:ListBucket", f"arn:{place.partition}:s3:::{bucket}")
            if flatten:
                yield Need("s3:GetObject", f"arn:{place.partition}:s3:::{bucket}/{literal(where, 'Prefix') or ''}*")
        else:
            if isinstance(where, Mapping) and FOLDER in str(where.get("Key", "")) and bucket == ANY:
                yield Need("s3:GetObject", f"arn:{place.partition}:s3:::{place.objects}/{FOLDER}/*")
            else:
                yield Need("s3:GetObject", f"arn:{place.partition}:s3:::{bucket}/{literal(where, 'Key') or ANY}")
        if manifest:
            yield Need("s3:GetObject", f"arn:{place.partition}:s3:::*/*")
    if isinstance(writer, Mapping) and "Resource" in writer:
        where = writer.get("Arguments", writer.get("Parameters"))
        prefix = (literal(where, "Prefix") or "").strip("/")
        target = f"arn:{place.partition}:s3:::{literal(where, 'Bucket') or ANY}/{f'{prefix}/' if prefix else ''}*"
        for action in ("s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"):
            yield Need(action, target)
