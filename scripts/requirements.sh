# shellcheck shell=bash
# What the root scripts need of the machine: sourced by them, never run. Each function says what it does before it does it.

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "error: $*"
  exit 1
}

# Runs a command as root: directly, or through sudo.
as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  else
    sudo "$@"
  fi
}

# The .NET 10 SDK isn't in Debian, so it is asked for rather than installed.
require_dotnet() {
  if command -v dotnet >/dev/null && dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    return
  fi
  say 'The .NET 10 SDK is missing. Install it from Microsoft'"'"'s packages, on Debian 12:'
  say '  wget https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb'
  say '  sudo dpkg -i packages-microsoft-prod.deb && sudo apt-get update && sudo apt-get install -y dotnet-sdk-10.0'
  say 'Elsewhere: https://dotnet.microsoft.com/download/dotnet/10.0'
  exit 1
}

# The launcher looks in the same places (src/Storage/Embedded/ServerBinaries.cs).
has_postgres() {
  command -v postgres >/dev/null && command -v initdb >/dev/null && return
  compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null
}

has_redis() { command -v redis-server >/dev/null; }

# PostgreSQL and Redis, of which the embedded servers need the programs only.
require_servers() {
  local missing=()
  has_postgres || missing+=(postgresql)
  has_redis || missing+=(redis-server)
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# Node runs the providers' official clients in the tests.
require_node() {
  local missing=()
  command -v node >/dev/null || missing+=(nodejs)
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"
}

# A browser opens the pages that explain the API in the tests, and ends at once where there is no font. The names are those that
# tests/TestKit/NodeClients.cs looks for.
require_browser() {
  command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null \
    || install_packages chromium fonts-liberation
}

# install_packages PACKAGE… – with apt-get, and without starting the servers that the packages bring.
install_packages() {
  if ! command -v apt-get >/dev/null; then
    fail "these are missing and there is no apt-get here: $*. Install them with your system's package manager, then start again."
  fi
  if [ "$(id -u)" -ne 0 ] && ! command -v sudo >/dev/null; then
    fail "these packages are missing and there is no sudo here. As root: apt-get update && apt-get install -y $*"
  fi
  say "Installing $* with apt-get ..."
  # In a subshell, so that its trap puts policy-rc.d back however it ends.
  (install_without_starting "$@") || fail "apt-get could not install $*; its output is above."
}

readonly POLICY=/usr/sbin/policy-rc.d

# Debian starts a server when its package is installed, unless policy-rc.d forbids it (invoke-rc.d(8): 101 is "not allowed").
# One that is there already belongs to somebody else: it is moved aside and comes back.
install_without_starting() {
  local kept=''
  if as_root test -e "$POLICY" || as_root test -L "$POLICY"; then
    kept="$POLICY.akkacrypto-$$"
    as_root mv "$POLICY" "$kept"
  fi
  # shellcheck disable=SC2064 # $kept is wanted as it is now
  trap "restore_policy '$kept'" EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  printf '#!/bin/sh\nexit 101\n' | as_root tee "$POLICY" >/dev/null
  as_root chmod 755 "$POLICY"

  as_root apt-get update -q >&2
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" >&2
  disable_services "$@"
}

# restore_policy KEPT
restore_policy() {
  as_root rm -f "$POLICY"
  [ -z "$1" ] || as_root mv "$1" "$POLICY"
}

# What we installed should not come up with the next boot either. Only what was missing before gets here.
disable_services() {
  local package
  command -v systemctl >/dev/null || return 0
  [ -d /run/systemd/system ] || return 0
  for package in "$@"; do
    case $package in
      postgresql | redis-server)
        say "Keeping the system's own $package service off: only its programs are used."
        as_root systemctl disable "$package.service" >&2 || say "warning: $package.service could not be disabled"
        ;;
    esac
  done
}

# Settings of every dotnet call here: no telemetry, no first-run extras, and no build server that would outlive the script.
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_GENERATE_ASPNET_CERTIFICATE=false
export DOTNET_CLI_USE_MSBUILD_SERVER=0 MSBUILDDISABLENODEREUSE=1

# build CONFIGURATION PROJECT [OPTION…] – quiet unless it fails.
build() {
  local configuration=$1 project=$2 output
  shift 2
  if ! output=$(dotnet build "$project" -c "$configuration" -m -v q -nodeReuse:false -p:UseSharedCompilation=false "$@" 2>&1); then
    say "$output"
    fail "$project did not build."
  fi
}
