# The two functions of the degenerate lanes: Treadle's engine with the bundle's ASL.

locals {
  environment = {
    POWERTOOLS_SERVICE_NAME      = local.project
    POWERTOOLS_METRICS_NAMESPACE = "Treadle"
    POWERTOOLS_LOG_LEVEL         = "INFO"
    TREADLE_TABLE                = aws_dynamodb_table.results.name
    TREADLE_BUCKET               = aws_s3_bucket.objects.id
    TREADLE_BUS                  = aws_cloudwatch_event_bus.project.name
    TREADLE_ENV                  = var.env
    TREADLE_MODELS               = var.models
  }

  functions = {
    sync = {
      handler = "treadle.lanes.sync.handler"
      timeout = 29
      role    = aws_iam_role.sync.arn
    }
    worker = {
      handler = "treadle.lanes.queued.handler"
      timeout = var.worker_timeout
      role    = aws_iam_role.worker.arn
    }
  }
}

resource "aws_cloudwatch_log_group" "function" {
  for_each = toset(["sync", "worker"])

  name              = "/aws/lambda/${local.project}-${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.platform.arn
}

resource "aws_lambda_function" "lane" {
  for_each = local.functions

  function_name    = "${local.project}-${each.key}"
  filename         = var.package
  source_code_hash = filebase64sha256(var.package)
  handler          = each.value.handler
  runtime          = "python3.13"
  architectures    = ["x86_64"]
  memory_size      = var.memory
  timeout          = each.value.timeout
  role             = each.value.role
  kms_key_arn      = aws_kms_key.platform.arn

  environment {
    variables = local.environment
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text" # Powertools writes JSON itself.
    log_group  = aws_cloudwatch_log_group.function[each.key].name
  }
}

# One function for each task.

resource "aws_cloudwatch_log_group" "task" {
  for_each = local.bundle.functions

  name              = "/aws/lambda/${each.key}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.platform.arn
}

resource "aws_lambda_function" "task" {
  for_each = local.bundle.functions

  function_name    = each.key
  filename         = var.functions_package
  source_code_hash = filebase64sha256(var.functions_package)
  handler          = "treadle.lanes.function.handler"
  runtime          = "python3.13"
  architectures    = ["x86_64"]
  memory_size      = max(128, each.value.memory)
  timeout          = each.value.timeout
  role             = aws_iam_role.task.arn
  kms_key_arn      = aws_kms_key.platform.arn

  environment {
    variables = merge(local.environment, each.value.environment, { TREADLE_FUNCTION = each.value.path })
  }

  tracing_config {
    mode = "Active"
  }

  logging_config {
    log_format = "Text"
    log_group  = aws_cloudwatch_log_group.task[each.key].name
  }
}

resource "aws_lambda_event_source_mapping" "work" {
  for_each = local.bundle.queues

  event_source_arn        = aws_sqs_queue.work[each.key].arn
  function_name           = aws_lambda_function.lane["worker"].arn
  batch_size              = 10
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = var.worker_concurrency
  }

  depends_on = [aws_iam_role_policy.worker]
}

resource "aws_lambda_permission" "api" {
  statement_id  = "api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.lane["sync"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_api_gateway_rest_api.api.execution_arn}/*/*"
}
