"""The operator that polls once."""
