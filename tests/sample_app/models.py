"""No models: it works on the platform's."""
