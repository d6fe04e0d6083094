# Each reason for which tests were skipped, once, with how often it was given.
/^skipped: / { sub(/^skipped: /, ""); times[$0]++ }
END {
    for (reason in times) {
        often = (times[reason] > 1) ? " (" times[reason] " times)" : ""
        print "skipped: " reason often
    }
}
