"""The hooks: one for each connection type, on ``base.py``; ``lookup.py`` finds the one of a connection."""
