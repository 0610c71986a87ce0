#!/usr/bin/env bash
# Everything that says whether Notify is in order: installs what the tests need where it can, builds, checks the format
# and runs all tests. The last line is "N passed, N failed, N skipped"; a failed step counts as a failure.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Most of what runs here runs once: what makes code faster that runs for hours makes it slower here.
export DOTNET_TieredPGO=0 DOTNET_EnableWriteXorExecute=0
export DOTNET_NOLOGO=true DOTNET_CLI_TELEMETRY_OPTOUT=true DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
# A build server that outlives this script would hold on to its output, and whoever reads that would wait for it.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0

passed=0 failed=0 skipped=0
scratch=$(mktemp -d)
tests=

finish() {
  local status=$?
  # The tests are a process group of their own, so whatever they started goes with them.
  if [ -n "$tests" ]; then kill -KILL -- "-$tests" 2>/dev/null || true; fi
  undo_install
  rm -rf "$scratch"
  if ((status != 0 && failed == 0)); then failed=1; fi
  echo "$passed passed, $failed failed, $skipped skipped"
  if ((failed > 0 && status == 0)); then status=1; fi
  exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

step() { printf '\n== %s\n' "$*"; }

# A check that fails is counted, and the others still run.
check() {
  step "$1"
  if "${@:2}"; then return; fi
  echo "FAILED: $1"
  failed=$((failed + 1))
}

# --- What the tests need beside the .NET SDK: program and Debian package -------------------------------------------------

needed=(chromium:chromium initdb:postgresql smtp-sink:postfix docker-compose:docker-compose dkimverify:python3-dkim dovecot:dovecot-imapd pop3:dovecot-pop3d
  /usr/share/doc/python3-spf/rfc7208-tests.yml.gz:python3-spf /usr/lib/python3/dist-packages/yaml/__init__.py:python3-yaml)
policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
undo=()

# Debian keeps servers off everyone's path.
has() { [ -f "$1" ] || PATH="$PATH:/usr/sbin:/usr/lib/dovecot:$(printf '%s:' /usr/lib/postgresql/*/bin)" command -v "$1" >/dev/null; }

missing() {
  local pair
  for pair in "${needed[@]}"; do
    has "${pair%%:*}" || echo "$pair"
  done
}

can_install() { [ "$(id -u)" = 0 ] && grep -qs '^ID=debian$' /etc/os-release; }

# --no-remove: a machine that has another mail server keeps it (and the tests say that smtp-sink is missing).
apt_install() {
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends --no-remove -o DPkg::Lock::Timeout=120 "$@" </dev/null
}

install() {
  # Installing a server must not start it, nor make a database cluster, nor set up mail.
  if [ ! -e "$policy" ]; then
    undo+=("$policy")
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 755 "$policy"
  fi
  if [[ " $* " == *" postfix "* ]]; then
    echo 'postfix postfix/main_mailer_type select No configuration' | debconf-set-selections || return
  fi
  if [[ " $* " == *" postgresql "* ]]; then
    apt_install postgresql-common || return
    cp -p "$clusters" "$scratch/createcluster.conf" || return
    undo+=("$clusters")
    echo 'create_main_cluster = false' >>"$clusters"
  fi
  apt_install "$@"
}

undo_install() {
  local file
  for file in "${undo[@]}"; do
    case $file in
      "$policy") rm -f "$policy" ;;
      "$clusters") cp -p "$scratch/createcluster.conf" "$clusters" ;;
    esac
  done
  undo=()
}

provide_programs() {
  local packages
  mapfile -t packages < <(missing | cut -d: -f2)
  if ((${#packages[@]} > 0)) && can_install; then
    echo "Installing ${packages[*]} (Debian packages; nothing is started)"
    install "${packages[@]}" || { undo_install; apt-get update -qq && install "${packages[@]}"; } || echo "Installing did not work out."
    undo_install
  fi

  mapfile -t packages < <(missing)
  if ((${#packages[@]} > 0)); then
    echo "Missing (program:Debian package): ${packages[*]}"
    if [ "${CI:-}" = true ]; then echo "Tests that need them fail."; else echo "Tests that need them skip and say so."; fi
    return
  fi
  echo "All here."
  # Nothing is missing, so nothing may be skipped for a missing program.
  export CI=true
}

# --- Steps ---------------------------------------------------------------------------------------------------------------

shell_scripts_parse() {
  local script result=0
  while IFS= read -r script; do
    bash -n "$script" || result=1
  done < <(find . \( -name artifacts -o -name .git \) -prune -o -type f \( -name '*.sh' -o -path './.ci/*' \) -print)
  return "$result"
}

run_tests() {
  local log="$scratch/tests.txt" status=0
  : >"$log"
  # A test that hangs must not hang the run. KILL, because a test host that is asked politely waits for that very test.
  timeout --signal=KILL 24m dotnet test -c Release --no-build --no-ansi --no-progress --output Detailed >"$log" 2>&1 &
  tests=$!
  tail -n +1 -f --pid="$tests" "$log" &
  local shown=$!
  wait "$tests" || status=$?
  tests=
  wait "$shown" || true

  local run_passed run_failed run_skipped
  run_passed=$(count succeeded) run_failed=$(count failed) run_skipped=$(count skipped)
  passed=${run_passed:-0} failed=$((failed + ${run_failed:-0})) skipped=$((skipped + ${run_skipped:-0}))

  # Once more, where one looks first: what failed, and how what it says of it begins.
  awk '/^failed / { print; left = 12; next } /^[^ ]/ { left = 0 } left-- > 0' "$log"

  if ((status == 137)); then
    echo "FAILED: the tests did not end within 24 minutes and were killed. These had not ended:"
    not_ended | head -n 40
    failed=$((failed + 1))
  elif ((passed == 0 && ${run_failed:-0} == 0)); then
    echo "FAILED: no tests ran"
    failed=$((failed + 1))
  elif ((status != 0 && ${run_failed:-0} == 0)); then
    echo "FAILED: the test run ended with exit code $status"
    failed=$((failed + 1))
  fi
}

# The tests that the log says nothing of.
not_ended() {
  comm -23 <(artifacts/bin/Notify.Tests/release/Notify.Tests -list methods 2>/dev/null | grep '^Notify' | sort -u) \
    <(sed -nE 's/^(passed|failed|skipped) ([^ (]+).*/\2/p' "$log" | sort -u)
}

# A number of the summary that dotnet test ends with, summed up over all test projects.
count() { sed -n '/^Test run summary/,$p' "$scratch/tests.txt" | sed -n "s/^ *$1: *\([0-9][0-9]*\).*/\1/p" | tail -n 1; }

# Kills, drawn with a seed that is printed, while readers are told: the carrier's log must agree with the rows. The long form takes --kills.
run_crash() {
  if ! has initdb && [ "${CI:-}" != true ]; then
    echo "SKIPPED: PostgreSQL (initdb) is not installed"
    skipped=$((skipped + 1))
  elif timeout --signal=KILL 6m dotnet run -c Release --no-build --project tests/Notify.Load -- crash --kills 5 --seed 11 --settle 2 --readers 4000; then
    passed=$((passed + 1))
  else
    echo "FAILED: crash; what it missed is marked in its table"
    failed=$((failed + 1))
  fi
}

must() {
  step "$1"
  "${@:2}" || { echo "FAILED: $1"; exit 1; }
}

step "Programs"
provide_programs
must "The .NET SDK" dotnet --version
must "Restore" dotnet restore --locked-mode
must "Build" dotnet build -c Release --no-restore --disable-build-servers
check "Format" dotnet format whitespace . --folder --verify-no-changes --exclude artifacts
check "Shell scripts" shell_scripts_parse
step "Tests"
run_tests
step "Crash, in its short form"
run_crash
