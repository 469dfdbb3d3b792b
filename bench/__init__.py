"""Speed, memory and disk of Playhead, measured and printed as a table: ``make bench``."""
