"""The process in which one peer waits for all jobs of a case, in one event loop."""
