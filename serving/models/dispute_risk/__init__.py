"""The scoring model `dispute_risk`: how likely it is that a claim will not be sustained."""
