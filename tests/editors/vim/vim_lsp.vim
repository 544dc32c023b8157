" A real Vim with vim-lsp, which is in LLADA_VIM_LSP; support.vim says how.
execute 'source' expand('<sfile>:h') .. '/support.vim'
let &runtimepath = $LLADA_VIM_LSP .. ',' .. &runtimepath
runtime plugin/lsp.vim
execute $LLADA_LINE

" vim-lsp asks in a window that needs a screen, or in a buffer with keys of its own.
let g:lsp_code_action_ui = 'float'
runtime autoload/lsp/internal/ui/popupmenu.vim
function! lsp#internal#ui#popupmenu#open(list) abort
  let l:chosen = Chosen(a:list.items)
  call timer_start(0, {_ -> a:list.callback(0, l:chosen)})
endfunction

function! Ready() abort
  call lsp#enable()
  doautocmd FileType
  call Wait('starting', {-> lsp#get_server_status('llada-edit') ==# 'running'})
  call Wait('its keys', {-> !empty(maparg('\a', 'n'))})
endfunction

call Main(function('Ready'))
