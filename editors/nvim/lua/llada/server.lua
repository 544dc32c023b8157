--- The language server: how it is started, what it says of itself, and one way to ask it in all versions of Neovim.
local config = require('llada.config')
local say = require('llada.say')

local M = { NAME = 'llada' }

local newer = vim.fn.has('nvim-0.11') == 1
local served = {} --- buffers that a server has been attached to
local TERMINATED = 15 -- the signal by which Neovim ends a server itself
local markers = { 'llada-edit.toml', 'pyproject.toml', '.git' }

--- What the server said last: { kind, model, device, message }; nil where none runs.
M.status = nil

--- The operations that the model in use is good at: { { op, title, detail, strength }, ... }.
M.operations = {}

--- Whether the server's program is there; where it is not, that is said: once, unless somebody asked for it.
function M.ready(asked)
  local cmd = config.options.cmd
  if type(cmd) == 'function' or vim.fn.executable(cmd[1]) == 1 then return true end
  local tell = asked and say.error or say.error_once
  tell(('there is no program %s; install it with "pip install llada-edit", see :checkhealth llada'):format(cmd[1]))
  return false
end

local function stopped(client) return newer and client:is_stopped() or not newer and client.is_stopped() end

local function reuse(client) return client.name == M.NAME and not stopped(client) end

local function on_status(_, status, ctx)
  M.status = status
  if status.kind == 'loading' or status.kind == 'off' then M.operations = {} end -- of another model
  if status.kind == 'ready' then
    require('llada.live').clear()
    local client = vim.lsp.get_client_by_id(ctx.client_id)
    if client and #M.operations == 0 then
      M.request(client, 'llada/operations', vim.empty_dict(), 0, function(_, answer)
        M.operations = answer and answer.operations or {}
      end)
    end
  end
  vim.cmd.redrawstatus()
end

local function on_apply(_, params, ctx)
  require('llada.live').clear()
  return require('llada.apply').from_server(vim.lsp.get_client_by_id(ctx.client_id), params.edit)
end

local function on_exit(code, signal)
  M.status, M.operations = nil, {}
  vim.schedule(function()
    require('llada.jobs').forget()
    if (code ~= 0 or signal ~= 0 and signal ~= TERMINATED) and vim.v.exiting == vim.NIL then
      local how = signal ~= 0 and ('signal %d'):format(signal) or ('code %d'):format(code)
      say.error(('the server has ended with %s; the next :LladaEdit starts it again (see :checkhealth llada)'):format(how))
    end
  end)
end

--- The configuration of the client, as `vim.lsp.start` and `vim.lsp.config` take it.
function M.config()
  local options = config.options
  local capabilities = vim.lsp.protocol.make_client_capabilities()
  capabilities.experimental = { lladaEdit = { denoise = true, status = true } }
  capabilities.workspace.workspaceEdit.documentChanges = true
  capabilities.textDocument.inlineCompletion = { dynamicRegistration = false }
  return {
    name = M.NAME,
    cmd = options.cmd,
    filetypes = options.filetypes,
    init_options = vim.tbl_isempty(options.settings) and vim.empty_dict() or options.settings,
    capabilities = capabilities,
    -- One server for all folders: it holds a model, and finds the settings of each project by itself.
    reuse_client = reuse,
    root_markers = markers,
    handlers = {
      ['llada/denoise'] = function(_, frame) require('llada.live').show(frame) end,
      ['llada/status'] = on_status,
      ['workspace/applyEdit'] = on_apply,
    },
    on_attach = function(client, bufnr)
      served[bufnr] = true
      require('llada.ghost').attach(client, bufnr)
    end,
    on_exit = on_exit,
  }
end

local function start(bufnr)
  local settings = newer and vim.lsp.config[M.NAME] or M.config()
  settings = vim.tbl_extend('force', settings, { root_dir = vim.fs.root(bufnr, markers) or vim.NIL })
  if settings.root_dir == vim.NIL then settings.root_dir = nil end
  vim.lsp.start(settings, { bufnr = bufnr, reuse_client = reuse })
end

--- Start the server for those buffers that it had been there for, and for another one, or attach the one that runs.
--- @param bufnr integer?
function M.start(bufnr)
  if not M.ready() then return end
  if bufnr then start(bufnr) end
  for other in pairs(served) do
    if not vim.api.nvim_buf_is_loaded(other) then
      served[other] = nil
    elseif #vim.lsp.get_clients({ bufnr = other, name = M.NAME }) == 0 then
      start(other)
    end
  end
end

--- The client of a buffer, if it is ready to be asked.
function M.of(bufnr)
  local client = vim.lsp.get_clients({ bufnr = bufnr, name = M.NAME })[1]
  return client and client.initialized and client or nil
end

--- Call a function with the client of a buffer as soon as there is one; the server is started for that.
function M.with(bufnr, use)
  local client = M.of(bufnr)
  if client then return use(client) end
  if not M.ready(true) then return end
  vim.api.nvim_create_autocmd('LspAttach', {
    buffer = bufnr,
    callback = function(event)
      local attached = vim.lsp.get_client_by_id(event.data.client_id)
      if not attached or attached.name ~= M.NAME then return end
      vim.schedule(function() use(attached) end)
      return true -- once
    end,
  })
  M.start(bufnr)
end

--- Send a request; `done(err, result)`. Returns how to cancel it.
function M.request(client, method, params, bufnr, done)
  local function handler(err, result) done(err, result) end
  local _, id
  if newer then
    _, id = client:request(method, params, handler, bufnr)
  else
    _, id = client.request(method, params, handler, bufnr)
  end
  return function()
    if not id or stopped(client) then return end
    if newer then
      client:cancel_request(id)
    else
      client.cancel_request(id)
    end
  end
end

function M.notify(client, method, params)
  if newer then return client:notify(method, params) end
  return client.notify(method, params)
end

--- Run a command of the server: `lladaEdit.NAME` with one argument; `done(result)` where it went well.
function M.execute(client, name, argument, bufnr, done)
  local params = { command = 'lladaEdit.' .. name, arguments = { argument } }
  M.request(client, 'workspace/executeCommand', params, bufnr, function(err, result)
    if err then return say.warn(err.message) end
    if done then done(result) end
  end)
end

--- Start the server anew for all buffers that it was attached to.
function M.restart()
  say.forget()
  local client = vim.lsp.get_clients({ name = M.NAME })[1]
  if not client then return M.start(vim.api.nvim_get_current_buf()) end
  if newer then client:stop() else client.stop() end
  local timer = assert(vim.uv.new_timer())
  timer:start(50, 50, vim.schedule_wrap(function()
    if vim.lsp.get_client_by_id(client.id) or timer:is_closing() then return end
    timer:close()
    M.start()
  end))
end

return M
