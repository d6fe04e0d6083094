# The sum of all of `cargo test`'s results. A test that printed that it was skipped did not pass.
/^---- .* stdout ----$/ { counted = 0 }
/^skipped: / && !counted { counted = 1; skipped++ }
/^test result: / { passed += $4; failed += $6; skipped += $8; ignored += $8 }
END { printf "%d passed, %d failed, %d skipped\n", passed - (skipped - ignored), failed, skipped }
