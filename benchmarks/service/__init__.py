"""Whether the service keeps its promises under load: one a module, each prints its figures."""
