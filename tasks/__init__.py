"""Code of our own behind the workflows: on AWS one Lambda function for each `@task`, here ordinary functions."""
