# Of what `cargo test -- --show-output` prints: everything but what tests that passed print, a skip aside.
/^successes:$/ { quiet = 1 }
/^(failures:|test result: .*)$/ { quiet = 0 }
!quiet || /^skipped: / { print; fflush() }
