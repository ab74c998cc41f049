#!/bin/sh
# Chromium, a Chinese font and PostgreSQL for the tests: Debian's where we may install, else whatever is found (else tests/postgres.py takes a wheel).
have() { command -v "$1" >/dev/null 2>&1; }
get() { apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; }
wanted=""
have chromium || have chromium-browser || have google-chrome || wanted="chromium"
have chromium-headless-shell || wanted="$wanted chromium-headless-shell"
[ -e /usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc ] || wanted="$wanted fonts-noto-cjk"
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || have initdb || wanted="$wanted postgresql"
[ -z "$wanted" ] && exit 0
if [ "$(id -u)" = 0 ] && have apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    # The tests start their own cluster: Debian must not start one.
    mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" > /etc/postgresql-common/createcluster.conf
    apt-get update -qq >/dev/null 2>&1
    for package in $wanted; do get "$package" || echo "could not install: $package" >&2; done
fi
exit 0
