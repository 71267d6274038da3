"""What was handed in: `folders` finds it, `read` reads it within bounds, `repair` puts it into the lesson's shape."""
