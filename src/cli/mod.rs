//! The command line: parse, call the same engine as the screen, print for people, for scripts (`--json`) or plain.
