"""The subcommands of ``llm_models``: one module each, with ``HELP``, ``add_arguments`` and ``run``."""
