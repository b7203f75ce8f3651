"""The ways a letter can leave: by SMTP, or kept in the mailbox page when no SMTP server is configured."""
