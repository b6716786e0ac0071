"""Tools for card disputes: look up, score, find the network's code, compute due dates, propose."""
