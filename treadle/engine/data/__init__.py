"""Reading and building JSON values: JSONata, JSONPath, intrinsics, payload templates."""
