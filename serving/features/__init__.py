"""Features: defined once in `sluicegate.domain.dispute_features`, read here from a generated bank."""
