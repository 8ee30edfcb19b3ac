"""What an Airflow connection of ours holds: read into an account, shown as a form."""
