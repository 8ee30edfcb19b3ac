"""What of ours lies in Airflow's database while a wait is in flight, in the form of each release."""
