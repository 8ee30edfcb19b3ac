"""The server of one case, in a process of its own: it plays all APIs, counts, and misbehaves on demand."""
