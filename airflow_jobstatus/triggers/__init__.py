"""The trigger that waits in the triggerer."""
