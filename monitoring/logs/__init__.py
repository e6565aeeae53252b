"""How lines of the log are written: with the id of what they belong to, as JSON or for people, repeats counted."""
