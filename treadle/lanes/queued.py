"""The queued lane's Lambda function: SQS messages, one step each on the engine, an object and an event for each.

A message that fails is reported alone (ReportBatchItemFailures): it comes again, and after the queue's maxReceiveCount
it lies in the dead-letter queue. A message that came twice is run once, by its id.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.idempotency import idempotent_function

from treadle import inputs
from treadle.asl.reference import marked
from treadle.errors import ExecutionFailed, InputError
from treadle.lanes import step
from treadle.lanes.bundle import Entry
from treadle.lanes.idempotency import config, store
from treadle.lanes.platform import SOURCE, Platform, lambdas, warm
from treadle.lanes.tracing import traced

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

JSON = Any

logger = Logger()
metrics = Metrics(namespace="Treadle")

KEPT = 14 * 86_400
"""Seconds for which a message's id is remembered: as long as a queue can keep the message."""


@logger.inject_lambda_context
@traced
@metrics.log_metrics(capture_cold_start_metric=True)  # type: ignore[untyped-decorator, unused-ignore]
def handler(event: dict[str, JSON], context: Any) -> dict[str, JSON]:
    """Work off a batch; answers with the messages that failed."""
    platform = lambdas()
    processor = BatchProcessor(event_type=EventType.SQS, raise_on_entire_batch_failure=False)

    def work(record: SQSRecord) -> JSON:
        return _message(record, platform, context)

    answer = process_partial_response(event=event, record_handler=work, processor=processor, context=context)
    metrics.add_metric("Messages", MetricUnit.Count, len(event["Records"]))
    metrics.add_metric("MessagesFailed", MetricUnit.Count, len(answer["batchItemFailures"]))
    return dict(answer)


def _message(record: SQSRecord, platform: Platform, context: Any) -> JSON:
    logger.set_correlation_id(record.message_id)
    queue = record.event_source_arn.rpartition(":")[2]
    try:
        workflow = platform.bundle.queues.get(queue)
        if workflow is None:
            raise InputError(f"no workflow reads the queue {queue}: publish the bundle again")
        entry = platform.bundle.entries[workflow]
        input = read(record.body)
        if entry.lane == "chain":
            return _start(entry, input, record, platform)

        # The message's id alone is the key: a redelivered message is the same request, whatever else it carries.
        def run(given: dict[str, JSON]) -> JSON:
            return deliver(entry, input, platform, record.message_id)

        keyed = idempotent_function(
            run, data_keyword_argument="given", persistence_store=store(workflow), config=config(context, KEPT)
        )
        return keyed(given={"key": record.message_id})
    except Exception as error:
        logger.warning("the message failed", queue=queue, error=str(error))
        raise


def read(body: str) -> JSON:
    """A message's body as an input.

    Raises:
        InputError: it is not JSON.
    """
    try:
        return json.loads(body)
    except json.JSONDecodeError as error:
        raise InputError(f"the message is not JSON: {error}") from None


def deliver(entry: Entry, input: JSON, platform: Platform, id: str) -> dict[str, JSON]:
    """Run the step, keep its record as an object, and put the event that tells of it; gives the event's detail.

    Raises:
        InputError: the input does not fit; nothing ran.
        ExecutionFailed: the execution failed; nothing was kept.
    """
    execution = step.execute(entry, input, platform, id)
    if execution.status != "SUCCEEDED":
        raise ExecutionFailed(execution.status, execution.error, execution.cause)
    record = step.record(entry, execution, id) | {"output": step.output(execution, platform)}
    text = json.dumps(record, ensure_ascii=False, indent=2)
    reference = platform.objects.put(f"results/{entry.workflow}/{id}.json", text.encode())
    detail = {
        "project": platform.bundle.project,
        "workflow": entry.workflow,
        "id": id,
        "status": execution.status,
        "result": reference,
        "models": record["models"],
    }
    platform.announce({"source": SOURCE, "detail-type": "Workflow Succeeded", "detail": detail})
    return detail


def _start(entry: Entry, input: JSON, record: SQSRecord, platform: Platform) -> dict[str, JSON]:
    """Start the chain behind a queue. The message's id is the execution's name, so it starts once."""
    from treadle.services import clients

    _, partition, _, region, account, _ = record.event_source_arn.split(":")
    machine = f"arn:{partition}:states:{region}:{account}:stateMachine:{entry.machine}:{os.environ['TREADLE_ENV']}"
    states = clients.client("stepfunctions")
    if marked(entry.parameters):
        from treadle.stores import large

        input = large.moved(input, entry.parameters, platform.objects)
    text = json.dumps(inputs.guard(input), ensure_ascii=False, separators=(",", ":"))
    try:
        answer = states.start_execution(stateMachineArn=machine, name=record.message_id, input=text)
    except states.exceptions.ExecutionAlreadyExists:
        return {"execution": record.message_id}
    return {"execution": answer["executionArn"]}


if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    warm("queued", "dynamodb", "events", "s3")
