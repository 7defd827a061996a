"""Claims about the engine: the cost of a delivery, an event and a connection, compared with other servers."""
