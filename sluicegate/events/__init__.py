"""Events: taking them in once, and reading the spine again."""
