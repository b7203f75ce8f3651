"""What each refusal means."""
