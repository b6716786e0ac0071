"""LangGraph wiring, a folder a process. A graph can propose; only the gate lets anything happen."""
