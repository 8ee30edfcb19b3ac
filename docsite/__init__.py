"""Makes the parts of the documentation that the code knows better: tables, log lines, a worked example.

``python -m docsite`` writes them into the pages, between the marks of ``page.py``; a test holds that they are
up to date. ``mkdocs_hooks.py`` is what the site's build calls. Start at ``parts.py``.
"""
