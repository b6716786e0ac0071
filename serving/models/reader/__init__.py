"""The reader without a language model: a linear classifier of what cardholders write."""
