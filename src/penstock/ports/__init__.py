"""What the services need from the world, as protocols; implementations live in folders of their own."""
