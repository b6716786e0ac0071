"""Features, defined in `sluicegate.domain.dispute_features`, over a generated bank."""
