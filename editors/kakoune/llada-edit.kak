# Kakoune: the selections, or the whole buffer, through the program llada-edit.

declare-option -docstring 'the program that is called' str llada_program llada-edit
declare-option -docstring 'arguments of every call, such as --model NAME' str-list llada_arguments

# All selections go through the program before the first of them changes: if one call fails, all stay as they are.
define-command -hidden -params 1.. llada-filter %{
    evaluate-commands -save-regs 'z' %{
        set-register z %sh{ mktemp }
        echo -to-file %reg{z} -quoting shell -- %val{selections}
        evaluate-commands %sh{
            set -f
            words=$*
            quoted() { text=$(printf '%s.' "$1" | sed "s/'/''/g"); printf "'%s'" "${text%.}"; }
            answers() {
                for selection; do
                    answer=$(printf %s "$selection" |
                        eval "\"\$kak_opt_llada_program\" \$words $kak_quoted_opt_llada_arguments -" 2>"$kak_reg_z" &&
                        printf .) || return
                    answer=${answer%.}
                    case $selection in *'
') ;; *) answer=${answer%'
'} ;; esac
                    printf ' '
                    quoted "$answer"
                done
            }
            selections=$(cat "$kak_reg_z")
            if found=$(eval "answers $selections"); then
                printf 'set-register z%s; execute-keys %%{"zR}; set-register z' "$found"
            else
                printf 'fail '
                quoted "$(tail -n 1 "$kak_reg_z")"
            fi
            rm -f "$kak_reg_z"
        }
        # Ctrl-C ends the shell before it has said anything.
        evaluate-commands %sh{
            [ -z "$kak_reg_z" ] || printf 'fail stopped, nothing was changed'
            rm -f "$kak_reg_z"
        }
    }
}

define-command llada-fill -docstring 'fill the holes ([?], [?name: 3-8 words]) in the selections' %{
    llada-filter infill
}

define-command llada-fill-buffer -docstring 'fill all holes of the buffer together' %{
    evaluate-commands -draft %{
        execute-keys '%'
        llada-filter infill
    }
}

define-command llada-rewrite -params 1 -docstring 'llada-rewrite OPERATION: rewrite the selections' \
    -shell-script-candidates %{ "$kak_opt_llada_program" rewrite --op list | cut -d ' ' -f 1 } %{
    llada-filter rewrite --op %arg{1}
}

declare-user-mode llada
map global llada f ': llada-fill<ret>' -docstring 'fill the holes in the selections'
map global llada F ': llada-fill-buffer<ret>' -docstring 'fill all holes of the buffer'
map global llada p ': llada-rewrite paraphrase<ret>' -docstring 'paraphrase'
map global llada s ': llada-rewrite simplify<ret>' -docstring 'simplify'
map global llada c ': llada-rewrite proofread<ret>' -docstring 'proofread'
