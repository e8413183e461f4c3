"""Edits the source of the catalogue as a person would, and writes the migration that carries the edit out."""
