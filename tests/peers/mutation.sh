#!/bin/sh
# SPDX-License-Identifier: MIT
#
# What `make mutation` changes, and what it leaves alone; and that each mutant
# told to be none has its reason.

. "$(dirname "$0")/lib"
need python3

mutation=$peers/../mutation
record python3 -B "$mutation/test_mutants.py"
check "what is changed ($errors)" 0 "$status"
record python3 -B "$mutation/mutate" --build "$folder" --told --mutants 1
check "the list of equivalents ($output $errors)" 0 "$status"
