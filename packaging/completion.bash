# SPDX-License-Identifier: MIT
# Completion of reevectl and reeved for bash.                                  -*- sh -*-
#
# Nothing is listed here: commands and options are what the help of the installed programs says,
# names of processes and groups what the daemon that would be driven answers.

# Those lines of standard input that begin with $cur are the answer. (compgen -W would take names
# of programs for shell code.)
_reeve_offer() {
	local word
	while IFS= read -r word; do
		[[ $word != "$cur"* ]] || COMPREPLY+=("$word")
	done
}

# What looks like an option in standard input.
_reeve_options() {
	grep -oE -- '(^|[][ ,|])--?[a-zA-Z][a-z_-]*=?' | tr -d '][ ,|'
}

_reeve_commands() {
	"${words[0]}" help 2>/dev/null | sed -nE 's/^  ([a-z]+)( .*|$)/\1/p'
}

_reeve_names() {
	"${daemon[@]}" status 2>/dev/null | awk '
		{ print $1; if (split($1, part, ":") > 1) groups[part[1] ":*"] }
		END { for (g in groups) print g; print "all" }'
}

_reeve_groups() {
	"${daemon[@]}" avail 2>/dev/null | awk '{ sub(":.*", "", $1); print $1 }' | sort -u
}

# Words for command $1: its usage says what they are.
_reeve_arguments() {
	local usage
	usage=$("${words[0]}" help "$1" 2>/dev/null)
	if [[ $cur == -* ]]; then
		_reeve_options <<<"$usage"
		return
	fi
	case ${usage%%$'\n'*} in
	*SIGNAL*)
		if [ "${words[cword - 1]}" = "$1" ]; then
			printf '%s\n' HUP INT QUIT KILL USR1 USR2 TERM CONT STOP
		else
			_reeve_names
		fi
		;;
	*NAME*stdout*) _reeve_names && printf '%s\n' stdout stderr ;;
	*NAME*) _reeve_names ;;
	*GROUP*) _reeve_groups ;;
	*COMMAND*) _reeve_commands ;;
	esac
}

_reevectl() {
	local cur prev words cword i command='' daemon
	if declare -F _get_comp_words_by_ref >/dev/null; then
		# A colon is part of a name here.
		_get_comp_words_by_ref -n : -w words -i cword cur prev
	else
		words=("${COMP_WORDS[@]}") cword=$COMP_CWORD
		cur=${words[cword]} prev=${words[cword - 1]}
	fi
	COMPREPLY=()
	case $prev in
	-c | --configuration)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		return
		;;
	-s | --serverurl) return ;;
	esac
	daemon=("${words[0]}")
	for ((i = 1; i < cword && ${#command} == 0; i++)); do
		case ${words[i]} in
		-c | --configuration | -s | --serverurl)
			daemon+=("${words[i]}" "${words[++i]}")
			;;
		-*) ;;
		*) command=${words[i]} ;;
		esac
	done
	if [ -n "$command" ]; then
		_reeve_offer < <(_reeve_arguments "$command")
	elif [[ $cur == -* ]]; then
		_reeve_offer < <("${words[0]}" --help 2>/dev/null | _reeve_options)
	else
		_reeve_offer < <(_reeve_commands)
	fi
	! declare -F __ltrim_colon_completions >/dev/null || __ltrim_colon_completions "$cur"
}

_reeved() {
	local cur=${COMP_WORDS[COMP_CWORD]}
	COMPREPLY=()
	if [[ $cur == -* ]]; then
		_reeve_offer < <("${COMP_WORDS[0]}" --help 2>/dev/null | _reeve_options)
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
	fi
}

complete -F _reevectl reevectl
complete -o filenames -F _reeved reeved
