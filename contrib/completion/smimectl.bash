# SPDX-License-Identifier: ISC
# shellcheck shell=bash
#
# Completion of smimectl for bash.  All that is offered comes from the
# program's own --help, so that both always agree:
#
#   "  WORD  text"           a command
#   "  -x, --name ARG  ..."  an option; ARG says what its value is: FILE, ...,
#                           or the words themselves, as in sst|pem

# The help of the program, or of one of its commands.
_smimectl_help() # PROGRAM [COMMAND]...
{
	"$@" --help 2>/dev/null </dev/null
}

_smimectl_commands() # HELP
{
	sed -n 's/^  \([a-z][a-z0-9-]*\)  *.*/\1/p' <<<"$1"
}

# "NAME" or "NAME ARG", one a line.
_smimectl_options() # HELP
{
	sed -n 's/^  \(-.*\)/\1/p' <<<"$1" | sed 's/   *.*//' |
	    awk '{
		arg = ""
		for (i = NF; i > 0; i--)
			if ($i !~ /^-/)
				arg = " " $i
		for (i = 1; $i ~ /^-/; i++) {
			sub(/[,=].*/, "", $i)
			print $i arg
		}
	    }'
}

# What the value of an option is called: FILE, MODE, ...
_smimectl_arg() # OPTION OPTIONS
{
	awk -v name="$1" '$1 == name { print $2; exit }' <<<"$2"
}

_smimectl_offer() # WORDS CURRENT
{
	mapfile -t COMPREPLY < <(compgen -W "$1" -- "$2")
}

_smimectl_value() # PROGRAM ARG CURRENT
{
	case $2 in
	MODE)	_smimectl_offer "exchange-2013-sp1 exchange-online local" "$3" ;;
	NAME=VALUE)
		_smimectl_offer "$("$1" config 2>/dev/null </dev/null |
		    sed -n 's/ = .*/=/p')" "$3"
		compopt -o nospace 2>/dev/null ;;
	*FILE*|*PATH*|*.conf|*.sst|*DIR*)
		mapfile -t COMPREPLY < <(compgen -f -- "$3")
		compopt -o filenames 2>/dev/null ;;
	*[a-z]*)
		_smimectl_offer "${2//|/ }" "$3" ;;
	esac
}

_smimectl()
{
	local program=$1 current=$2 previous=$3
	local -a path=("$1")
	local help commands options arg word i

	COMPREPLY=()
	# "--mode=x" is three words to bash.
	if [[ $current == "=" ]]; then
		current=""
	elif [[ $previous == "=" ]]; then
		previous=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	help=$(_smimectl_help "${path[@]}")
	commands=$(_smimectl_commands "$help")
	for ((i = 1; i < COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		[[ -n $commands && $word != -* ]] || continue
		grep -qx -- "$word" <<<"$commands" || return
		path+=("$word")
		help=$(_smimectl_help "${path[@]}")
		commands=$(_smimectl_commands "$help")
	done
	options=$(_smimectl_options "$help")

	arg=$(_smimectl_arg "$previous" "$options")
	if [[ -n $arg ]]; then
		_smimectl_value "$program" "$arg" "$current"
	elif [[ $current == -* ]]; then
		_smimectl_offer "$(cut -d ' ' -f 1 <<<"$options")" "$current"
	elif [[ -n $commands ]]; then
		_smimectl_offer "$commands" "$current"
	else
		_smimectl_value "$program" FILE "$current"
	fi
}

complete -F _smimectl smimectl
