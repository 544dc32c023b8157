" A real Vim with ALE; support.vim says how.
execute 'source' expand('<sfile>:h') .. '/support.vim'
set rtp^=/usr/share/vim-ale rtp+=/usr/share/vim-ale/after
runtime plugin/ale.vim
execute $LLADA_LINE

" ALE asks for the number of a line.
runtime autoload/ale/util.vim
function! ale#util#Input(message, ...) abort
  return string(Chosen(filter(split(a:message, '\n'), {_, line -> line =~# '^\d\+)'})))
endfunction

function! Ready() abort
  call ale#Queue(0)
  call Wait('starting', {-> !empty(filter(copy(ale#lsp#GetConnections()), {_, one -> one.initialized}))})
endfunction

call Main(function('Ready'))
