"""A synthetic bank out of a seed: nobody in it exists, and the same seed gives the same bytes."""
