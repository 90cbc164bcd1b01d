"""What opens above the screen: export, help, a question."""
