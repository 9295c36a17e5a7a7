"""What a run measured: snapshots that add up in any order, and the summary made of them."""
