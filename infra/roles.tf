# Each role may do what its function does, on the things of this platform, and nothing else.

locals {
  lambda_trust = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "lambda.amazonaws.com" }
      Action    = "sts:AssumeRole"
    }]
  })

  # What both functions do: write their log and traces, use the key, keep results and keys that were seen.
  function_statements = {
    for name in ["sync", "worker"] : name => [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.project}-${name}:*"]
      },
      {
        # X-Ray has no resources.
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      },
      {
        Effect   = "Allow"
        Action   = ["dynamodb:DeleteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem"]
        Resource = [aws_dynamodb_table.results.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.platform.arn]
      },
      {
        # Large values on their way between states.
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.objects.arn}/treadle-large/*"]
      },
    ]
  }

  # The bundle knows no account: its ARNs get this one and this region.
  models = {
    for lane, statements in { sync = local.sync_permissions, queued = local.queued_permissions } : lane => [
      for statement in statements : merge(
        {
          Effect = "Allow"
          Action = flatten([statement.Action])
          Resource = [
            for arn in flatten([statement.Resource]) : replace(
              replace(arn, "/^arn:aws:([a-z0-9-]+):\\*:/", "arn:${local.partition}:$1:${local.region}:"),
              "/^(arn:[a-z-]+:[a-z0-9-]+:[a-z0-9-]*):\\*:/", "$1:${local.account}:"
            )
          ]
        },
        try({ Condition = statement.Condition }, {}),
      )
    ]
  }

  worker_statements = concat(
    [
      {
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${aws_s3_bucket.objects.arn}/results/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["events:PutEvents"]
        Resource = [aws_cloudwatch_event_bus.project.arn]
      },
    ],
    length(local.bundle.queues) == 0 ? [] : [{
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = [for queue in aws_sqs_queue.work : queue.arn]
    }],
    length(local.queued_chains) == 0 ? [] : [{
      Effect   = "Allow"
      Action   = ["states:StartExecution"]
      Resource = flatten([for machine in local.queued_chains : ["${local.machines}:${machine}", "${local.machines}:${machine}:${var.env}"]])
    }],
  )

  api_statements = concat(
    length(local.bundle.queues) == 0 ? [] : [
      {
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [for queue in aws_sqs_queue.work : queue.arn]
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.platform.arn]
      },
    ],
    length(local.routed_chains) == 0 ? [] : [{
      Effect   = "Allow"
      Action   = ["states:StartExecution", "states:StartSyncExecution"]
      Resource = flatten([for machine in local.routed_chains : ["${local.machines}:${machine}", "${local.machines}:${machine}:${var.env}"]])
    }],
  )
}

resource "aws_iam_role" "sync" {
  name               = "${local.project}-sync"
  assume_role_policy = local.lambda_trust
}

resource "aws_iam_role_policy" "sync" {
  name   = "treadle"
  role   = aws_iam_role.sync.id
  policy = jsonencode({ Version = "2012-10-17", Statement = concat(local.function_statements["sync"], local.models.sync) })
}

resource "aws_iam_role" "worker" {
  name               = "${local.project}-worker"
  assume_role_policy = local.lambda_trust
}

resource "aws_iam_role_policy" "worker" {
  name = "treadle"
  role = aws_iam_role.worker.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.function_statements["worker"], local.worker_statements, local.models.queued)
  })
}

resource "aws_iam_role" "task" {
  name               = "${local.project}-task"
  assume_role_policy = local.lambda_trust
}

resource "aws_iam_role_policy" "task" {
  name = "treadle"
  role = aws_iam_role.task.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:${local.partition}:logs:${local.region}:${local.account}:log-group:/aws/lambda/${local.project}-*:*"]
      },
      {
        # X-Ray has no resources.
        Effect   = "Allow"
        Action   = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]
        Resource = ["*"]
      },
      {
        Effect   = "Allow"
        Action   = ["s3:GetObject", "s3:PutObject"]
        Resource = ["${aws_s3_bucket.objects.arn}/*"]
      },
      {
        Effect   = "Allow"
        Action   = ["kms:Decrypt", "kms:GenerateDataKey"]
        Resource = [aws_kms_key.platform.arn]
      },
    ]
  })
}

resource "aws_iam_role_policy_attachment" "task" {
  for_each = var.function_policy_arns

  role       = aws_iam_role.task.name
  policy_arn = each.value
}

resource "aws_iam_role" "api" {
  name = "${local.project}-api"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "apigateway.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account } }
    }]
  })
}

resource "aws_iam_role_policy" "api" {
  count = length(local.api_statements) == 0 ? 0 : 1

  name   = "treadle"
  role   = aws_iam_role.api.id
  policy = jsonencode({ Version = "2012-10-17", Statement = local.api_statements })
}
