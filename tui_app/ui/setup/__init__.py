"""The form: what F5 is going to do."""
