--- :checkhealth llada
local config = require('llada.config')
local server = require('llada.server')

local M = {}

local health = vim.health

local function check_program()
  local cmd = config.options.cmd
  if type(cmd) == 'function' then return health.ok('the server is reached through a function') end
  local path = vim.fn.exepath(cmd[1])
  if path == '' then
    return health.error(('there is no program %s'):format(cmd[1]), {
      'pip install llada-edit',
      "or say where it is: require('llada').setup({ cmd = { '/path/to/llada-edit', 'lsp' } })",
    })
  end
  health.ok(('%s is %s'):format(cmd[1], path))
  if vim.fs.basename(cmd[1]) ~= 'llada-edit' then return end
  local ran, result = pcall(function() return vim.system({ cmd[1], '--version' }, { text = true }):wait(20000) end)
  if ran and result.code == 0 then
    health.ok(vim.trim(result.stdout))
  else
    health.error(('%s --version fails'):format(cmd[1]), { 'run it in a terminal and read what it says' })
  end
end

local function ask(client, method)
  local answer
  server.request(client, method, vim.empty_dict(), 0, function(_, result) answer = result end)
  vim.wait(2000, function() return answer ~= nil end, 20)
  return answer
end

local function check_server()
  local client = vim.lsp.get_clients({ name = server.NAME })[1]
  if not client then
    local types = table.concat(config.options.filetypes, ', ')
    return health.info('no server runs; it starts with a file of one of: ' .. types)
  end
  local status = ask(client, 'llada/getStatus')
  if not status then return health.error('the server does not answer', { ':LladaEdit restart' }) end
  local said = ('the server is %s, model %s on %s'):format(status.kind, status.model, status.device)
  if status.kind == 'error' then
    health.error(said, { status.message })
  elseif status.kind == 'off' then
    health.warn(said, { ':LladaEdit load' })
  else
    health.ok(said)
  end
  local listed = ask(client, 'llada/operations')
  local titles = vim.tbl_map(function(known) return known.op end, listed and listed.operations or {})
  health.info('rewrites by: ' .. (#titles > 0 and table.concat(titles, ', ') or 'nothing yet'))
end

function M.check()
  health.start('llada-edit')
  if vim.fn.has('nvim-0.10') == 1 then
    health.ok('Neovim ' .. tostring(vim.version()))
  else
    health.error('Neovim is older than 0.10', { 'take a newer one' })
  end
  check_program()
  check_server()
  local way = require('llada.ghost').is_native() and "Neovim's own" or "the plug-in's"
  health.info(config.options.ghost.enabled and ('ghost text is %s'):format(way) or 'ghost text is off')
end

return M
