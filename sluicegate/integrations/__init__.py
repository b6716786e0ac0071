"""For anyone's agent: the gate over HTTP, as a LangGraph node, and the static check of graphs."""
