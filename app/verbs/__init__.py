"""The operations of the API, a group a file, each with the table of what it offers."""
