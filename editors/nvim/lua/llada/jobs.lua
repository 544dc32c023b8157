--- Work that is under way: who asked for it, for which state of which buffer.
local M = {}

local running, number = {}, 0

--- Begin a job for a buffer as it stands.
function M.begin(bufnr)
  number = number + 1
  local job = {
    name = ('nvim-%d-%d'):format(vim.uv.os_getpid(), number),
    bufnr = bufnr,
    tick = vim.api.nvim_buf_get_changedtick(bufnr),
  }
  running[job.name] = job
  return job
end

function M.find(name) return running[name] end

--- Whether a buffer still stands as it stood when a job began.
function M.current(job)
  return vim.api.nvim_buf_is_loaded(job.bufnr) and vim.api.nvim_buf_get_changedtick(job.bufnr) == job.tick
end

--- End a job; false where it was cancelled meanwhile.
function M.finish(job)
  require('llada.live').clear(job.bufnr)
  local known = running[job.name] ~= nil
  running[job.name] = nil
  return known
end

--- Stop all that is under way, also what the server began by itself; how many of our own jobs there were.
function M.cancel(client)
  local server = require('llada.server')
  server.notify(client, 'llada/cancel', { job = '' })
  local count = vim.tbl_count(running)
  M.forget()
  return count
end

--- The server is gone.
function M.forget()
  running = {}
  require('llada.live').clear()
end

return M
