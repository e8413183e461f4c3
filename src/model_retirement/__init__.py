"""Takes retired LLM models out of a Django platform."""
