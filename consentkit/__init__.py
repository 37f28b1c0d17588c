"""Cookie consent for Flask shops, enforced on the server and provable afterwards."""
