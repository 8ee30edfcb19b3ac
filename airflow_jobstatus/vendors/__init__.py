"""The vendors, each a declaration in a file of its own."""
