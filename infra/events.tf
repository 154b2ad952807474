# The project's bus. Its rules belong to the workflows: `treadle publish` makes them.

resource "aws_cloudwatch_event_bus" "project" {
  name = local.project
}

resource "aws_cloudwatch_event_archive" "project" {
  name             = substr("${local.project}-archive", 0, 48)
  event_source_arn = aws_cloudwatch_event_bus.project.arn
  retention_days   = var.log_days
}
