"""Chat, embedding and endpoints: embedded, OpenAI-compatible, GGUF, Bedrock and SageMaker, scripted."""
