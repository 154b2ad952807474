terraform {
  required_version = ">= 1.6"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.70, < 6.0"
    }
  }
}

provider "aws" {
  default_tags {
    tags = {
      "treadle:project" = local.project
      "treadle:env"     = var.env
    }
  }
}
