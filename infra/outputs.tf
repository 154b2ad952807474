output "url" {
  description = "Where the API is."
  value       = aws_api_gateway_stage.api.invoke_url
}

output "api_key_id" {
  description = "The first API key; its value: aws apigateway get-api-key --include-value --api-key ID."
  value       = aws_api_gateway_api_key.first.id
}

output "table" {
  value = aws_dynamodb_table.results.name
}

output "bucket" {
  value = aws_s3_bucket.objects.id
}

output "bus" {
  value = aws_cloudwatch_event_bus.project.name
}

output "queues" {
  value = { for name, queue in aws_sqs_queue.work : name => queue.url }
}
