#!/bin/sh
# From a fresh machine to every check CI runs:  sh scripts/test.sh
#
# Installs what is missing (on Debian and Ubuntu: C and C++ compilers and python3 by apt; anywhere: just, cargo-deny and
# cargo-fuzz by cargo), then runs `just ci`. Whatever is there already is left alone, so that it can be run again at any time.
# Arguments are recipes to run in place of `ci`:  sh scripts/test.sh check
set -eu
unset CDPATH
cd -- "$(dirname -- "$0")/.."

# The versions that are installed, and the oldest that are accepted. 0.20 gave cargo-deny the flags that we use.
JUST_VERSION=1.59.0
JUST_OLDEST=1.21
DENY_VERSION=0.20.2
DENY_OLDEST=0.20
FUZZ_VERSION=0.13.2
FUZZ_OLDEST=0.12

step() { printf '\n==> %s\n' "$*"; }
have() { printf '    %s: %s\n' "$1" "$2"; }
fail() {
    printf '\nscripts/test.sh: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '    %s\n' "$line" >&2; done
    exit 1
}
missing() { ! command -v "$1" >/dev/null 2>&1; }

# at_least OLDEST "TEXT WITH A VERSION": whether the first number in the text is OLDEST or newer, by major and minor.
at_least() {
    printf '%s\n' "$2" | awk -v oldest="$1" '
        match($0, /[0-9]+\.[0-9]+/) {
            split(substr($0, RSTART, RLENGTH), have, "."); split(oldest, want, ".")
            exit !(have[1] + 0 > want[1] + 0 || (have[1] + 0 == want[1] + 0 && have[2] + 0 >= want[2] + 0))
        }
        { exit 1 }'
}

# What cargo installs lies here; a shell that has not been restarted since rustup ran does not know it yet.
cargo_bin="${CARGO_INSTALL_ROOT:-${CARGO_HOME:-${HOME:?is not set}/.cargo}}/bin"
PATH="$cargo_bin:${CARGO_HOME:-$HOME/.cargo}/bin:$PATH"
export PATH

step "Rust"
if missing cargo; then
    fail "cargo is not installed." \
        "Install stable Rust as https://rustup.rs says, then run this again." \
        "(Distributions' own packages are often too old.)"
fi
rust_oldest=$(sed -n 's/^rust-version *= *"\([0-9.]*\)".*/\1/p' Cargo.toml | head -n 1)
rust=$(rustc --version) || fail "rustc does not run; see its message above." "With rustup: rustup default stable"
at_least "${rust_oldest:-1.89}" "$rust" || fail "$rust is too old: ${rust_oldest:-1.89} or newer is needed." \
    "With rustup: rustup update stable"
have rustc "$rust"
for part in fmt clippy; do
    if ! cargo "$part" --version >/dev/null 2>&1; then
        component=$part
        [ "$part" = fmt ] && component=rustfmt
        missing rustup && fail "cargo $part is not installed." "Install the package of your system that has $component."
        rustup component add "$component" || fail "rustup could not add $component; see its message above."
    fi
    have "cargo $part" "$(cargo "$part" --version)"
done

step "C compiler (SQLite is built from source), C++ compiler (libFuzzer) and Python 3 (acceptance scripts)"
packages=
if missing cc; then packages="gcc libc6-dev"; fi
if missing c++; then packages="$packages g++"; fi
if missing python3; then packages="$packages python3"; fi
if [ -n "$packages" ]; then
    if missing apt-get; then
        case $(uname -s) in
            Darwin) fail "missing: a C or C++ compiler or python3." "Run: xcode-select --install" ;;
            *) fail "missing: a C or C++ compiler or python3." "Install gcc and g++ (or clang), the C library's headers and python3:" \
                "Fedora: dnf install gcc-c++ python3    Arch: pacman -S gcc python    Alpine: apk add g++ python3" ;;
        esac
    fi
    as_root=
    if [ "$(id -u)" -ne 0 ]; then
        # Without a terminal, sudo must not ask for a password that nobody can type.
        if ! missing sudo && sudo -n true 2>/dev/null; then as_root="sudo -n"
        elif ! missing sudo && [ -t 0 ]; then as_root=sudo
        else fail "missing packages, and no way to become root." "As root: apt-get install -y $packages"
        fi
    fi
    printf '    apt-get install %s\n' "$packages"
    # shellcheck disable=SC2086  # both are lists of words on purpose
    { $as_root apt-get update -q &&
        $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $packages; } ||
        fail "apt-get failed; see its message above." "As root: apt-get update && apt-get install -y $packages"
fi
have cc "$(cc --version | head -n 1)"
have c++ "$(c++ --version | head -n 1)"
have python3 "$(python3 --version)"

# cargo_tool COMMAND OLDEST CRATE VERSION: there, or built from its source on the crate registry.
# The lighter profile builds cargo-deny in 1 min 55 s of CPU time, its own (fat LTO) in 2 min 41, and it runs for a
# second here either way. `--locked` takes the dependencies that its authors tested.
cargo_tool() {
    if at_least "$2" "$($1 --version 2>/dev/null || echo none)"; then
        have "$1" "$($1 --version)"
        return
    fi
    printf '    %s %s or newer is missing: building %s %s\n' "$1" "$2" "$3" "$4"
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
        CARGO_PROFILE_RELEASE_DEBUG=false cargo install "$3" --version "$4" --locked --force ||
        fail "could not install $3 $4; see cargo's message above." "Or install it as its own page says, then run this again."
    at_least "$2" "$($1 --version 2>/dev/null || echo none)" ||
        fail "$3 was installed, but another $1 comes first on the PATH." "Put $cargo_bin first, or remove the other one."
}

step "just (the recipes), cargo-deny (licences, bans, sources of the dependencies) and cargo-fuzz"
cargo_tool just "$JUST_OLDEST" just "$JUST_VERSION"
cargo_tool "cargo deny" "$DENY_OLDEST" cargo-deny "$DENY_VERSION"
cargo_tool "cargo fuzz" "$FUZZ_OLDEST" cargo-fuzz "$FUZZ_VERSION"

[ $# -gt 0 ] || set -- ci
step "just $*"
exec just "$@" </dev/null
