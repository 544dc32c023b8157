# Selections and a buffer through the program in a real Kakoune: kak -n -ui dummy -e 'source filter.kak' FILE, with in
# the environment: LLADA_LINES (what README.md says to put into kakrc), LLADA_MODEL. Writes the file, and others beside it.
# The first line alone, then back; then the whole buffer; then something that fails, with its message.
try %{
    evaluate-commands %sh{ printf %s "$LLADA_LINES" }
    set-option global llada_arguments --model %sh{ printf %s "$LLADA_MODEL" } --device cpu
    execute-keys gg x
    llada-fill
    write "%val{buffile}.line"
    execute-keys u
    write "%val{buffile}.undone"
    llada-fill-buffer
    write
    execute-keys '%s<ret>' gg x
    set-option -add global llada_arguments --model /nowhere
    try %{ llada-rewrite simplify } catch %{ echo -to-file "%val{buffile}.error" %val{error} }
    echo -to-file "%val{buffile}.selection" -quoting raw -- %val{selection}
    write "%val{buffile}.after"
    quit! 0
} catch %{
    echo -to-file "%val{buffile}.error" %val{error}
    quit! 1
}
