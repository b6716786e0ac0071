"""Language models: any OpenAI-compatible endpoint by URL, and a local GGUF file."""
