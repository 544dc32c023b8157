--- Putting texts into a buffer: only into the one they were made for, and as one undo block of their own.
local say = require('llada.say')

local M = {}

M.MOVED = 'the text has changed meanwhile, so nothing was replaced; ask again'

--- Close the present undo block of a buffer, so that what follows is taken back by itself.
function M.own_undo(bufnr)
  vim.api.nvim_buf_call(bufnr, function() vim.cmd('let &g:undolevels = &g:undolevels') end)
end

--- Put edits of the protocol into the buffer of a job; whether that was done.
function M.apply(job, edits, encoding)
  if not require('llada.jobs').current(job) then
    say.warn(M.MOVED)
    return false
  end
  if not vim.bo[job.bufnr].modifiable then
    say.warn("this buffer cannot be changed ('nomodifiable')")
    return false
  end
  M.own_undo(job.bufnr)
  vim.lsp.util.apply_text_edits(edits, job.bufnr, encoding)
  return true
end

return M
