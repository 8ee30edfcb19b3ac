from tests.support.fixtures import (
    acme,
    comms,
    log,
    run_acme,
    sandbox,
    sandbox_connections,
    triggerer,
    worker,
)

__all__ = ["acme", "comms", "log", "run_acme", "sandbox", "sandbox_connections", "triggerer", "worker"]
