"""我要纠错: the public form and its receipt, the rules, the services, what is held against the chain (docs/corrections.md)."""
