"""Review forms as versioned data, the parsing of answers, pages and pictures."""
