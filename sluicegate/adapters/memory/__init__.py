"""Small deterministic stand-ins for ports that would otherwise differ from run to run."""
