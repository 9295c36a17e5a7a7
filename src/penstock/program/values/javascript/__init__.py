"""What JavaScript makes of numbers, texts, JSON and regular expressions, for dialects that come from its world."""
