"""An app of a host that stores models in many ways and declares none of them. It is installed by tests that need it."""
