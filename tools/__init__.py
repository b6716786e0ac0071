"""What agents and graphs may call. Each tool reads or proposes; there is no third kind."""
