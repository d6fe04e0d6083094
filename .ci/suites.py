"""Prints the name of each suite of integration tests, of what `cargo metadata` says."""

import json
import sys

targets = (target for package in json.load(sys.stdin)["packages"] for target in package["targets"])
print(*sorted({target["name"] for target in targets if "test" in target["kind"]}), sep="\n")
