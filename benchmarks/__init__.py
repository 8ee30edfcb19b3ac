"""Measures what waiting costs: our trigger beside released ones and beside a bare aiohttp loop."""
