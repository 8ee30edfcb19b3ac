"""Begin and end a wait without a worker."""
