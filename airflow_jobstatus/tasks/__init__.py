"""What every task of this package shares, sensor and operators alike.

``base.py`` finds the hook and pushes XComs, ``exceptions.py`` chooses the exception by which Airflow learns
how a task ended, ``cancelling.py`` cancels a job whose time is over, ``assets.py`` describes a job to assets.
"""
