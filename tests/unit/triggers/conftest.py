from tests.support.fixtures import acme, log, run_acme, sandbox, sandbox_connections, worker

__all__ = ["acme", "log", "run_acme", "sandbox", "sandbox_connections", "worker"]
