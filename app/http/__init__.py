"""What stands between HTTP and the operations: middleware, routing, bodies, answers."""
