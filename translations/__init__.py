"""The catalogues of translations of the engine: found in the sources, written, compiled and filled up."""
