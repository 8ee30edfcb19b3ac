"""Tests the wheel, installed as people install it, on each Airflow that it is for."""
