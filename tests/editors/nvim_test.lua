-- A hole filled in a real Neovim: nvim --headless -i NONE -n -c "luafile nvim_test.lua", with in the environment:
-- LLADA_MODEL (a folder), LLADA_FILE (a text with one hole); lsp/llada_edit.lua is found in the user's configuration.
-- Prints what came of it; the Python test judges.
local function wait(what, done)
  if not vim.wait(120000, done, 50) then error(what .. ' has not happened') end
end

local function line() return vim.api.nvim_buf_get_lines(0, 0, 1, false)[1] end

local function run()
  vim.lsp.config('llada_edit', { init_options = { model = vim.env.LLADA_MODEL, device = 'cpu' } })
  vim.lsp.enable('llada_edit')
  vim.cmd.edit(vim.env.LLADA_FILE)
  local client
  wait('attaching', function()
    client = vim.lsp.get_clients({ name = 'llada_edit' })[1]
    return client and client.initialized
  end)
  print('encoding: ' .. client.offset_encoding)

  local before = line()
  vim.api.nvim_win_set_cursor(0, { 1, (before:find('[?', 1, true)) })
  vim.ui.select = function(items, _, choose)
    for _, item in ipairs(items) do print('offered: ' .. item.action.title) end
    choose(items[1], 1)
  end
  vim.lsp.buf.code_action()
  wait('filling', function() return line() ~= before end)
  vim.cmd.write()
  vim.cmd.undo()
  print('undone: ' .. tostring(line() == before))
  client:exec_cmd({ title = 'stop', command = 'lladaEdit.cancel' })
end

local ok, problem = pcall(run)
print(ok and 'finished' or ('failed: ' .. problem))
vim.cmd(ok and 'qa!' or 'cquit')
