"""One module per format of feed, with what :class:`model_retirement.feeds.reading.Reader` asks for. A new file is enough."""
