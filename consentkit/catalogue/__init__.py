"""Ready-made services: what the products that shops use load and store."""
