# The REST API, from the OpenAPI document that Treadle renders of the routes.

resource "aws_api_gateway_rest_api" "api" {
  name = local.project
  body = templatefile("${var.platform}/openapi.json", {
    partition         = local.partition
    region            = local.region
    account           = local.account
    env               = var.env
    sync_function_arn = aws_lambda_function.lane["sync"].arn
    api_role_arn      = aws_iam_role.api.arn
  })

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_deployment" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  triggers    = { body = sha256(aws_api_gateway_rest_api.api.body) }

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_cloudwatch_log_group" "api" {
  name              = "/aws/apigateway/${local.project}-${var.env}"
  retention_in_days = var.log_days
  kms_key_id        = aws_kms_key.platform.arn
}

resource "aws_api_gateway_stage" "api" {
  rest_api_id          = aws_api_gateway_rest_api.api.id
  deployment_id        = aws_api_gateway_deployment.api.id
  stage_name           = var.env
  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.api.arn
    format = jsonencode({
      requestId    = "$context.requestId"
      time         = "$context.requestTime"
      method       = "$context.httpMethod"
      path         = "$context.resourcePath"
      status       = "$context.status"
      latency      = "$context.responseLatency"
      key          = "$context.identity.apiKeyId"
      error        = "$context.error.message"
      integration  = "$context.integration.status"
      responseSize = "$context.responseLength"
    })
  }

  depends_on = [aws_api_gateway_account.account]
}

resource "aws_api_gateway_method_settings" "api" {
  rest_api_id = aws_api_gateway_rest_api.api.id
  stage_name  = aws_api_gateway_stage.api.stage_name
  method_path = "*/*"

  settings {
    metrics_enabled        = true
    logging_level          = "ERROR"
    throttling_rate_limit  = var.rate_limit
    throttling_burst_limit = var.burst_limit
  }
}

resource "aws_api_gateway_usage_plan" "api" {
  name = "${local.project}-${var.env}"

  api_stages {
    api_id = aws_api_gateway_rest_api.api.id
    stage  = aws_api_gateway_stage.api.stage_name
  }

  quota_settings {
    limit  = var.monthly_quota
    period = "MONTH"
  }

  throttle_settings {
    rate_limit  = var.rate_limit
    burst_limit = var.burst_limit
  }
}

resource "aws_api_gateway_api_key" "first" {
  name = "${local.project}-${var.env}"
}

resource "aws_api_gateway_usage_plan_key" "first" {
  key_id        = aws_api_gateway_api_key.first.id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.api.id
}

resource "aws_wafv2_web_acl_association" "api" {
  count = var.waf_acl_arn == null ? 0 : 1

  resource_arn = aws_api_gateway_stage.api.arn
  web_acl_arn  = var.waf_acl_arn
}

# API Gateway writes access logs with one role for the whole account and region.

resource "aws_iam_role" "api_logs" {
  name = "${local.project}-api-logs"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "apigateway.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })
}

resource "aws_iam_role_policy_attachment" "api_logs" {
  role       = aws_iam_role.api_logs.name
  policy_arn = "arn:${local.partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
}

resource "aws_api_gateway_account" "account" {
  cloudwatch_role_arn = aws_iam_role.api_logs.arn

  depends_on = [aws_iam_role_policy_attachment.api_logs]
}
