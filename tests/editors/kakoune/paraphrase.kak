# A sentence in a real Kakoune with the bundled model: kak -n -ui dummy -e 'source paraphrase.kak' FILE, with LLADA_LINES in
# the environment (what README.md says to put into kakrc). The keys are those of README.md.
try %{
    evaluate-commands %sh{ printf %s "$LLADA_LINES" }
    execute-keys '/In spite<ret>' '<a-i>s'
    execute-keys -with-maps '<space>lp'
    echo -to-file "%val{buffile}.selection" -quoting raw -- %val{selection}
    write
    execute-keys u
    write "%val{buffile}.undone"
    quit! 0
} catch %{
    echo -to-file "%val{buffile}.error" %val{error}
    quit! 1
}
