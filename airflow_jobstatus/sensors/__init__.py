"""The sensor that waits."""
