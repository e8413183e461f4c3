"""A ``migrate`` that runs one at a time, for hosts that add this app to INSTALLED_APPS."""
