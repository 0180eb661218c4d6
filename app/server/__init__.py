"""All that touches uvicorn's inside, and the sockets below it."""
