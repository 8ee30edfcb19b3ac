"""What an Airflow connection of ours holds: read into an account by ``reader.py``, shown by ``form.py``.

``base_url.py`` reads host, port and schema. ``extras.py`` declares the fields of the extra once for reader
and form; ``environment.py`` adds what the environment says of proxies and certificates.
"""
