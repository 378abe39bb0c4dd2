#!/bin/bash
# SPDX-License-Identifier: ISC
#
# The completions against the program: each command and each option that
# --help lists is offered, and --help lists each option that there is.
#
# SMIMECTL   the program; default: ./smimectl
# Exit       0 all passed, 1 something failed
set -u
srcdir=$(cd "$(dirname "$0")/../.." && pwd)
smimectl=${SMIMECTL:-./smimectl}
case $smimectl in
*/*)	smimectl=$(cd "$(dirname "$smimectl")" && pwd)/$(basename "$smimectl") ;;
esac
scratch=$(mktemp -d)
errors=$scratch/errors
trap 'rm -rf "$scratch"' EXIT
mkdir "$scratch/here"
cd "$scratch/here" || exit
: >a.conf
: >b.eml

passed=0
failed=0
check() # WHAT FOUND WANTED
{
	if [ "$2" = "$3" ]; then
		passed=$((passed + 1))
		return
	fi
	failed=$((failed + 1))
	echo "FAILED: $1: found: $2"
	echo "    wanted: $3"
}

sorted()
{
	tr ' ' '\n' | sed '/^$/d' | sort -u | tr '\n' ' '
}

# Read anew, not with the patterns of the completions.
commands_of() # [COMMAND]...
{
	"$smimectl" "$@" --help |
	    grep -E '^ {2}[a-z]' | awk '{ print $1 }' | sorted
}

# What begins with "-" in front of two spaces, or anywhere on a short line.
options_of() # [COMMAND]...
{
	"$smimectl" "$@" --help | grep -E '^ {2}-' |
	    sed -E 's/^ {2}//; s/ {2}.*//' | grep -oE '(^|[ ,])-[-A-Za-z0-9]+' |
	    tr ',' ' ' | sorted
}

# A program whose help has what ours may have one day.
make_other()
{
	cat >"$scratch/other" <<-'END'
		#!/bin/sh
		cat <<-'HELP'
		usage: other [OPTION]... FILE

		  -o, --output FILE  where it goes
		  --format sst|pem   instead of what the name says
		  --key FILE that nobody else can read
		  --purpose email    for mail
		  --days N           how many
		  --help             this text
		HELP
	END
	chmod 755 "$scratch/other"
}

check_other() # SHELL
{
	local smimectl=$scratch/other
	check "$1: other -" "$("by_$1" -)" \
	    "--days --format --help --key --output --purpose -o "
	check "$1: other -o" "$("by_$1" -o '')" "a.conf b.eml "
	check "$1: other --output" "$("by_$1" --output '')" "a.conf b.eml "
	check "$1: other --key" "$("by_$1" --key '')" "a.conf b.eml "
	check "$1: other --format" "$("by_$1" --format '')" "pem sst "
	check "$1: other --purpose" "$("by_$1" --purpose '')" "email "
	check "$1: other --days" "$("by_$1" --days '')" ""
}

by_bash() # WORD...: what is offered for the last one
{
	bash -c '
	    . "$1/contrib/completion/smimectl.bash"
	    shift
	    COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))
	    _smimectl "$1" "${@: -1}" "${@: -2:1}"
	    [ "${#COMPREPLY[@]}" -eq 0 ] || printf "%s\n" "${COMPREPLY[@]}"' \
	    bash "$srcdir" "$smimectl" "$@" 2>"$errors" | sorted
	cat "$errors"
}

# zsh completes only at a terminal: what it would be told is printed instead.
by_zsh() # WORD...
{
	zsh -f -c '
	    _describe() {
		    [[ $1 = -o ]] && shift
		    local item
		    for item in "${(@P)2}"; do
			    print -r -- "${item%%:*}${4:-}"
		    done
	    }
	    _files() { print -rl -- *(N) }
	    _message() { :; }
	    _smimectl_file=$1
	    shift
	    words=("$@")
	    CURRENT=$#
	    . $_smimectl_file' \
	    zsh "$srcdir/contrib/completion/_smimectl" "$smimectl" "$@" \
	    2>"$errors" | sorted
	cat "$errors"
}

# check_level SHELL [COMMAND]...: it, and what is below it.
check_level()
{
	local shell=$1 options commands command
	shift
	options=$(options_of "$@")
	commands=$(commands_of "$@")
	check "$shell: $* -" "$("by_$shell" "$@" -)" "$options"
	if [ -z "$commands" ]; then
		check "$shell: $*" "$("by_$shell" "$@" '' |
		    tr ' ' '\n' | grep b.eml)" b.eml
		return
	fi
	check "$shell: $*" "$("by_$shell" "$@" '')" "$commands"
	for command in $commands; do
		check_level "$shell" "$@" "$command"
	done
}

check_values() # SHELL
{
	check "$1: -c" "$("by_$1" verify -c '')" "a.conf b.eml "
	check "$1: --mode" "$("by_$1" verify --mode '')" \
	    "$("$smimectl" config -o mode=x 2>&1 |
		sed 's/.*expected //; s/,//g; s/ or / /' | sorted)"
	check "$1: -o" "$("by_$1" verify -o '')" \
	    "$("$smimectl" config | sed 's/ = .*/=/' | sorted)"
	check "$1: no such command" "$("by_$1" nonsense -)" ""
}

# Each option in the sources is in some help, unless it is a letter alone.
check_help()
{
	local known option
	known=$(for command in $(commands_of); do
		options_of "$command"
		for below in $(commands_of "$command"); do
			options_of "$command" "$below"
		done
	done)
	# shellcheck disable=SC2013 # words
	for option in $(sed -n 's/^	{ "\([a-z0-9-]*\)", [a-z]*_argument.*/\1/p' \
	    "$srcdir"/milter/ctl/*.c "$srcdir"/milter/ctl/*/*.c | sort -u); do
		check "--help lists --$option" \
		    "$(echo "$known" | tr ' ' '\n' | grep -cx -- "--$option" |
			sed 's/[1-9][0-9]*/yes/')" yes
	done
}

check "there are commands" "$(commands_of | grep -o verify)" verify
make_other
check_level bash
check_values bash
check_other bash
check "bash: --mode=" "$(by_bash verify --mode = '')" \
    "exchange-2013-sp1 exchange-online local "
if command -v zsh >/dev/null; then
	check_level zsh
	check_values zsh
	check_other zsh
else
	echo "zsh is not installed: its completion is not tried"
fi
check_help
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
