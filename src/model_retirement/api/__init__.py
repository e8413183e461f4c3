"""What a team can ask about its models over HTTP."""
