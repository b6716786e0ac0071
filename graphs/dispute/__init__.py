"""A card dispute, from the event to the answer."""
