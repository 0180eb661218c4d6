"""The items of a data set by their columns: what is known of them, chosen, sorted and written."""
