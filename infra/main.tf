# The platform of a Treadle project: what its workflows stand on. `treadle publish` puts the workflows themselves here.
# What a project needs of it (queues, routes, permissions) is read from the bundle that Treadle renders.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  bundle  = jsondecode(file("${var.platform}/bundle.json"))
  project = local.bundle.project
  entries = local.bundle.entries

  partition = data.aws_partition.current.partition
  account   = data.aws_caller_identity.current.account_id
  region    = data.aws_region.current.name

  # What the degenerate lanes' definitions may do, statement by statement.
  sync_permissions   = flatten([for entry in local.entries : entry.permissions if entry.lane == "sync"])
  queued_permissions = flatten([for entry in local.entries : entry.permissions if entry.lane == "queued"])

  # The aliases of the chains that the API or the worker starts. StartExecution is checked against the machine's ARN too.
  routed_chains = toset([for workflow in values(local.bundle.routes) : local.entries[workflow].machine if local.entries[workflow].lane == "chain"])
  queued_chains = toset([for workflow in values(local.bundle.queues) : local.entries[workflow].machine if local.entries[workflow].lane == "chain"])
  machines      = "arn:${local.partition}:states:${local.region}:${local.account}:stateMachine"
}
