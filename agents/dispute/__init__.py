"""Reads what a cardholder wrote: a category, verbatim evidence, a summary, and how sure it is."""
