"""What each command of the command line does. Imported when the command is used, so that `--help` is quick."""
