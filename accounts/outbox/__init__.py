"""The outbox: send what is owed, say what became of it, and let an operator look after it (DESIGN, keystone 4)."""
