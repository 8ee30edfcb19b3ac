"""One wait, pure: when to poll, when it ends."""
