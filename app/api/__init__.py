"""The operations of the API, a group a file."""
