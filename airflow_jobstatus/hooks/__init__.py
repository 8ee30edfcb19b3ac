"""The hooks, one for each vendor."""
