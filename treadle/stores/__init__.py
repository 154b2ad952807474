"""Where vectors, objects and results are kept: files and SQLite here, S3 and DynamoDB there."""
