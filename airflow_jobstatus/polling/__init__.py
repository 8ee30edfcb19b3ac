"""Who polls the jobs of one account in a triggerer: one poller for all that wait for them."""
