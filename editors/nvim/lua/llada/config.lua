--- Options of the plug-in: their defaults, and what the user set. Settings of the server are passed on as they are.
local M = {}

M.defaults = {
  cmd = { 'llada-edit', 'lsp' },
  filetypes = { 'markdown', 'text', 'tex', 'plaintex', 'rst', 'typst', 'asciidoc', 'org', 'gitcommit', 'mail' },
  settings = {}, -- of the server: model, device, marker, n, keep, ...
  ghost = { enabled = true, accept = '<C-l>' },
  live = true, -- show the text while it is being written
  preview = true, -- a window with the differences where one of several texts is chosen
  keys = '', -- what the suggested keys begin with, such as '<leader>a'; empty: no keys
}

M.options = vim.deepcopy(M.defaults)

local function merge(into, given, path, problems)
  for name, value in pairs(given) do
    local where, default = path .. tostring(name), into[name]
    local connects = where == 'cmd' and type(value) == 'function'
    if default == nil then
      table.insert(problems, where .. ' is no option')
    elseif type(value) ~= type(default) and not connects then
      table.insert(problems, ('%s is %s; give a %s'):format(where, vim.inspect(value), type(default)))
    elseif type(default) == 'table' and not vim.islist(default) then
      merge(default, value, where .. '.', problems)
    else
      into[name] = value
    end
  end
end

--- Take what the user set over the defaults; what is wrong with it is said in one message, and the default stays.
--- @param given table?
function M.set(given)
  local problems = {}
  M.options = vim.deepcopy(M.defaults)
  merge(M.options, given or {}, '', problems)
  if #problems > 0 then
    table.sort(problems)
    require('llada.say').warn(table.concat(problems, '; ') .. ' (see :help llada-options)')
  end
end

return M
