//! Arguments -> settings -> log -> dispatch -> exit code.

fn main() {}
