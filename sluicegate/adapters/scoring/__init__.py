"""Scoring: features from the database, the XGBoost scorer, the linear text classifier."""
