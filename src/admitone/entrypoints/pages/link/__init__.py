"""What is behind a mailed link: signing in, or joining a team."""
