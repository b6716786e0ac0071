"""The policy port's adapters: an in-process Rego engine and an OPA server, over one bundle."""
