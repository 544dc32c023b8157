-- What the scripts beside this one share. Each is run as: nvim --headless -i NONE -n -c "luafile SCRIPT"; it prints
-- "ok NAME" for what it has seen, and Neovim ends with 0 only if all of it was there.
local M = { said = {}, offered = {} }

vim.notify = function(text) table.insert(M.said, text) end

--- Let Neovim work until something is there. Yields: only keys that are really waited for are read.
function M.wait(what, done)
  local limit = vim.uv.now() + 120000
  while not done() do
    if vim.uv.now() > limit then
      error(('%s has not happened; mode %s, text %s, messages %s'):format(what, vim.fn.mode(), vim.inspect(M.lines()),
        vim.inspect(M.said)))
    end
    local here = coroutine.running()
    vim.defer_fn(function() M.resume(here) end, 20)
    coroutine.yield()
  end
end

-- Not print(): the messages of Neovim go to stderr, and their lines are not always ended.
function M.print(text) io.stdout:write(text .. '\n') end

function M.ok(name) M.print('ok ' .. name) end

function M.lines() return vim.api.nvim_buf_get_lines(0, 0, -1, false) end

function M.line(number) return M.lines()[number] end

function M.same(got, wanted, what)
  if not vim.deep_equal(got, wanted) then
    error(('%s: %s instead of %s'):format(what, vim.inspect(got), vim.inspect(wanted)))
  end
end

--- Put the cursor on the beginning of some text.
function M.on(text)
  for row, line in ipairs(M.lines()) do
    local at = line:find(text, 1, true)
    if at then return vim.api.nvim_win_set_cursor(0, { row, at - 1 }) end
  end
  error('there is no ' .. text)
end

--- Answer the next choices with the item of a number, and remember what was offered.
function M.pick(number, look)
  vim.ui.select = function(items, options, choose)
    M.offered = vim.tbl_map(options.format_item, items)
    if look then look() end
    choose(items[number], number)
  end
end

--- Wait for the server and for its model.
function M.ready()
  M.wait('attaching', function() return require('llada.server').of(0) end)
  M.wait('loading', function() return require('llada.server').status and require('llada').status() == 'ready' end)
end

--- All that extmarks of a namespace show, as one text.
function M.virtual(namespace)
  local shown, space = {}, vim.api.nvim_get_namespaces()[namespace]
  for _, mark in ipairs(space and vim.api.nvim_buf_get_extmarks(0, space, 0, -1, { details = true }) or {}) do
    for _, line in ipairs({ mark[4].virt_text or {}, unpack(mark[4].virt_lines or {}) }) do
      for _, piece in ipairs(line) do table.insert(shown, piece[1]) end
    end
  end
  return table.concat(shown)
end

function M.resume(thread)
  local went, problem = coroutine.resume(thread)
  if not went then
    M.print('failed: ' .. problem)
    vim.cmd('cquit!')
  end
end

function M.run(script)
  M.resume(coroutine.create(function()
    script()
    vim.cmd('qall!')
  end))
end

return M
