# A queue for every workflow that is fed by one, a dead-letter queue behind each, and one for events nobody could take.

resource "aws_sqs_queue" "work" {
  for_each = local.bundle.queues

  name                       = each.key
  kms_master_key_id          = aws_kms_key.platform.arn
  message_retention_seconds  = 1209600
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = 6 * var.worker_timeout # AWS's advice: six times the function's timeout.

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead[each.key].arn
    maxReceiveCount     = 5
  })
}

resource "aws_sqs_queue" "dead" {
  for_each = local.bundle.queues

  name                      = "${substr(each.key, 0, 75)}-dead"
  kms_master_key_id         = aws_kms_key.platform.arn
  message_retention_seconds = 1209600
}

resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  for_each = local.bundle.queues

  queue_url = aws_sqs_queue.dead[each.key].id
  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [aws_sqs_queue.work[each.key].arn]
  })
}

resource "aws_sqs_queue" "events_dead" {
  name                      = "${local.project}-events-dead"
  kms_master_key_id         = aws_kms_key.platform.arn
  message_retention_seconds = 1209600
}

locals {
  fed_by_events = merge(
    { for name, queue in aws_sqs_queue.work : name => { url = queue.id, arn = queue.arn } },
    { events-dead = { url = aws_sqs_queue.events_dead.id, arn = aws_sqs_queue.events_dead.arn } },
  )
}

# The rules of this account may fill the queues; schedules and the API do it with roles of their own.
resource "aws_sqs_queue_policy" "events" {
  for_each = local.fed_by_events

  queue_url = each.value.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Rules"
        Effect    = "Allow"
        Principal = { Service = "events.amazonaws.com" }
        Action    = "sqs:SendMessage"
        Resource  = each.value.arn
        Condition = {
          ArnLike      = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account}:rule/*" }
          StringEquals = { "aws:SourceAccount" = local.account }
        }
      },
      {
        Sid       = "TlsOnly"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sqs:*"
        Resource  = each.value.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}
