variable "platform" {
  description = "The folder that `treadle publish --platform DIR` wrote: bundle.json and openapi.json."
  type        = string
  default     = "build"
}

variable "package" {
  description = "The zip file of the functions' code, made by package.sh."
  type        = string
  default     = "build/package.zip"
}

variable "functions_package" {
  description = "The zip file of the tasks' code, made by package.sh."
  type        = string
  default     = "build/functions.zip"
}

variable "function_policy_arns" {
  description = "Policies for what the tasks' own code does: Treadle knows what a definition does, not what a function does."
  type        = set(string)
  default     = []
}

variable "env" {
  description = "The environment: the alias of every state machine that the API starts, and the name of the API's stage."
  type        = string
  default     = "dev"

  validation {
    condition     = can(regex("^[a-zA-Z][a-zA-Z0-9_-]{0,30}$", var.env))
    error_message = "The environment is a word of letters, digits, '-' and '_'."
  }
}

variable "models" {
  description = "Which models the functions use: aws (Bedrock and SageMaker), or embedded for a platform without them."
  type        = string
  default     = "aws"
}

variable "memory" {
  description = "Memory of the functions, in MB. CPU comes with it: 1,769 MB is one core."
  type        = number
  default     = 1024
}

variable "worker_timeout" {
  description = "Seconds that the worker may take for a batch."
  type        = number
  default     = 120
}

variable "worker_concurrency" {
  description = "How many workers read one queue at once."
  type        = number
  default     = 10

  validation {
    condition     = var.worker_concurrency >= 2 && var.worker_concurrency <= 1000
    error_message = "MaximumConcurrency is between 2 and 1,000."
  }
}

variable "rate_limit" {
  description = "Requests a second that the API takes."
  type        = number
  default     = 1000
}

variable "burst_limit" {
  description = "Requests that the API takes at once."
  type        = number
  default     = 500
}

variable "monthly_quota" {
  description = "Requests a month for each API key."
  type        = number
  default     = 1000000
}

variable "log_days" {
  description = "Days for which logs are kept."
  type        = number
  default     = 30
}

variable "result_days" {
  description = "Days for which the queued lane's results are kept in the bucket."
  type        = number
  default     = 90
}

variable "waf_acl_arn" {
  description = "A WAF web ACL to put before the API; none where null."
  type        = string
  default     = null
}

variable "protect" {
  description = "Refuse to delete the table and a bucket that holds something."
  type        = bool
  default     = true
}
