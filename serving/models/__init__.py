"""Trained models and weights: how they are made or fetched, and where they lie."""
