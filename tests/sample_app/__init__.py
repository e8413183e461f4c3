"""An app with data migrations of every kind, for tests and for the processes that tests start."""
