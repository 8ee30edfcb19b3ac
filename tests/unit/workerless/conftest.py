from tests.support.fixtures import acme, comms, log, run_acme, triggerer, worker
from tests.unit.sensors.conftest import sensor

__all__ = ["acme", "comms", "log", "run_acme", "sensor", "triggerer", "worker"]
