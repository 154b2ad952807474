# The plan of the platform with every answer of AWS made up: what depends on the bundle is there, and least privilege holds.

mock_provider "aws" {
  override_data {
    target = data.aws_caller_identity.current
    values = { account_id = "111122223333" }
  }
  override_data {
    target = data.aws_partition.current
    values = { partition = "aws" }
  }
  override_data {
    target = data.aws_region.current
    values = { name = "us-east-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111122223333:role/mock" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:us-east-1:111122223333:key/00000000-0000-0000-0000-000000000000" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:us-east-1:111122223333:mock" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:us-east-1:111122223333:function:mock" }
  }
  mock_resource "aws_cloudwatch_event_bus" {
    defaults = { arn = "arn:aws:events:us-east-1:111122223333:event-bus/mock" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:111122223333:log-group:mock" }
  }
  mock_resource "aws_dynamodb_table" {
    defaults = { arn = "arn:aws:dynamodb:us-east-1:111122223333:table/mock" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::mock" }
  }
  mock_resource "aws_api_gateway_stage" {
    defaults = { arn = "arn:aws:apigateway:us-east-1::/restapis/mock/stages/dev" }
  }
  mock_resource "aws_api_gateway_rest_api" {
    defaults = { execution_arn = "arn:aws:execute-api:us-east-1:111122223333:mock" }
  }
}

run "platform" {
  command = apply

  assert {
    condition     = length(aws_sqs_queue.work) == length(local.bundle.queues) && length(aws_sqs_queue.dead) == length(local.bundle.queues)
    error_message = "Every queue of the bundle has a queue and a dead-letter queue."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.work : queue.visibility_timeout_seconds >= 6 * aws_lambda_function.lane["worker"].timeout])
    error_message = "A message stays hidden for six times the worker's timeout."
  }

  assert {
    condition     = alltrue([for queue in aws_sqs_queue.work : jsondecode(queue.redrive_policy).maxReceiveCount >= 5])
    error_message = "A message is tried five times before it is dead."
  }

  assert {
    condition     = alltrue([for mapping in aws_lambda_event_source_mapping.work : contains(mapping.function_response_types, "ReportBatchItemFailures")])
    error_message = "Failed messages are reported one by one."
  }

  assert {
    condition     = length(aws_lambda_function.task) == length(local.bundle.functions)
    error_message = "Every task has its function."
  }

  assert {
    condition = alltrue([
      for name, function in aws_lambda_function.task :
      function.environment[0].variables.TREADLE_FUNCTION == local.bundle.functions[name].path && function.timeout == local.bundle.functions[name].timeout
    ])
    error_message = "A function runs the code of its task, as long as the task says."
  }

  assert {
    condition     = aws_lambda_function.lane["sync"].timeout <= 29
    error_message = "API Gateway waits 29 seconds."
  }

  assert {
    condition = alltrue([
      for policy in [aws_iam_role_policy.sync.policy, aws_iam_role_policy.worker.policy, aws_iam_role_policy.task.policy, aws_iam_role_policy.api[0].policy] : alltrue([
        for statement in jsondecode(policy).Statement :
        !contains(flatten([statement.Resource]), "*") || alltrue([for action in flatten([statement.Action]) : startswith(action, "xray:")])
      ])
    ])
    error_message = "No role may do anything to everything, but write traces."
  }

  assert {
    condition     = strcontains(aws_iam_role_policy.sync.policy, "arn:aws:sagemaker:us-east-1:111122223333:endpoint/intent-classifier")
    error_message = "What a definition may do is confined to this account and region."
  }

  assert {
    condition     = aws_dynamodb_table.results.server_side_encryption[0].enabled && aws_dynamodb_table.results.ttl[0].attribute_name == "expires"
    error_message = "The table is encrypted with the platform's key and forgets."
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.api) == 0
    error_message = "Without a web ACL there is no association."
  }
}

run "a_web_acl_stands_before_the_api" {
  command = plan

  variables {
    waf_acl_arn = "arn:aws:wafv2:us-east-1:111122223333:regional/webacl/a/00000000-0000-0000-0000-000000000000"
  }

  assert {
    condition     = length(aws_wafv2_web_acl_association.api) == 1
    error_message = "The web ACL is associated with the stage."
  }
}

run "too_many_workers_are_refused" {
  command = plan

  variables {
    worker_concurrency = 1
  }

  expect_failures = [var.worker_concurrency]
}
