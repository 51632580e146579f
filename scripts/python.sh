#!/bin/sh
# Prints the path of a Python that can set this project up, or says on stderr what to install and exits 2.
# PYTHON=/path/to/python3 leaves no other choice; else python3 comes first, then the named versions.
set -u

candidates=${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11}
fresh='import sys; sys.exit(sys.version_info < (3, 11))'
whole='import ensurepip, venv'
lacking=''

for candidate in $candidates; do
    "$candidate" -c "$fresh" 2>/dev/null || continue
    if "$candidate" -c "$whole" 2>/dev/null; then
        exec "$candidate" -c 'import sys; print(sys.executable)'
    fi
    lacking=${lacking:-$candidate}
done

say() { printf '%s\n' "$@" >&2; }

if [ -n "$lacking" ]; then
    number=$("$lacking" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    case $lacking in
        *python3) package=python3-venv ;;
        *) package=python$number-venv ;;
    esac
    say "error: $lacking (Python $number) has no venv and ensurepip, which the set-up needs." \
        "  Debian, Ubuntu:  sudo apt install $package" \
        "  elsewhere:       install a complete Python 3.11 or later and name it: make PYTHON=/path/to/python3"
    exit 2
fi

for candidate in $candidates; do
    found=$("$candidate" -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])' 2>/dev/null) || continue
    say "found: $candidate is Python $found"
done
say "error: no Python 3.11 or later (looked for: $candidates)." \
    "  Debian 12, Ubuntu 24.04 or later:  sudo apt install python3 python3-venv" \
    "  Ubuntu 22.04:                      sudo apt install python3.11 python3.11-venv" \
    "  Fedora:                            sudo dnf install python3" \
    "  macOS:                             brew install python" \
    "  installed somewhere else:          make PYTHON=/path/to/python3"
exit 2
