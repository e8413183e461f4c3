"""What a host may add: models for hosts that have none of their own, and a ``migrate`` that runs one at a time."""
