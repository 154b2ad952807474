"""The models this project uses, by role. On AWS they are these; on this machine `treadle.toml` says what stands in."""

from treadle import bedrock, sagemaker

assistant = bedrock.chat("us.anthropic.claude-haiku-4-5-20251001-v1:0", max_tokens=512)
embedder = bedrock.embedding("amazon.titan-embed-text-v2:0", dimensions=512)
intents = sagemaker.endpoint("intent-classifier")
moods = sagemaker.endpoint("mood-classifier")
