"""The operator that looks once."""
