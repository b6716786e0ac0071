"""The language-model roles. Each is a folder: agent.py, prompt.md and output.py."""
