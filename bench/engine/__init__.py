"""Claims about the engine: what a delivery, an event, a connection cost, beside other servers in the same run."""
