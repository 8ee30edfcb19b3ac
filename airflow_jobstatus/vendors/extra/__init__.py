"""What ``vendors/declared.py`` reads a connection's extra with.

``fields.py`` checks and returns single fields, ``auth.py`` reads the way to sign in, ``vocabulary.py`` has
the well-known status words.
"""
