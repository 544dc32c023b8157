;;; llada-edit-eglot.el --- The llada-edit server through eglot -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Works with eglot 1.9 (for Emacs 28) and with those that come with Emacs since 29.  Loaded by `llada-edit' when
;; eglot is; \\[eglot] in a text starts the server.

;;; Code:

(require 'eglot)
(require 'llada-edit-session)

(declare-function llada-edit-handle-denoise "llada-edit-preview")
(defvar eglot-confirm-server-initiated-edits)
(defvar eglot-confirm-server-edits)

(defclass llada-edit-eglot-server (eglot-lsp-server) ()
  :documentation "The language server of llada-edit.")

(defun llada-edit-eglot--contact (&rest _)
  "The way for eglot to the server."
  (llada-edit-program)
  `(llada-edit-eglot-server ,@llada-edit-command
                            ,@(and llada-edit-options (list :initializationOptions llada-edit-options))))

(add-to-list 'eglot-server-programs
             (cons (mapcar (lambda (entry) (list (car entry) :language-id (cdr entry))) llada-edit-modes)
                   #'llada-edit-eglot--contact))

(cl-defmethod eglot-client-capabilities ((_server llada-edit-eglot-server))
  "Those of eglot, and the notifications of llada-edit."
  (plist-put (cl-call-next-method) :experimental '(:lladaEdit (:denoise t :status t))))

(cl-defmethod eglot-handle-notification ((_server llada-edit-eglot-server) (_method (eql 'llada/denoise))
                                         &rest params)
  "Show the step of a job in PARAMS."
  (llada-edit-handle-denoise params))

(cl-defmethod eglot-handle-notification ((server llada-edit-eglot-server) (_method (eql 'llada/status))
                                         &rest params)
  "Note the state of SERVER in PARAMS."
  (llada-edit-handle-status server params))

(cl-defmethod eglot-handle-request :around ((_server llada-edit-eglot-server) (_method (eql 'workspace/applyEdit))
                                            &rest _params)
  "Apply without asking: the user has ordered this edit a moment ago."
  (with-suppressed-warnings ((obsolete eglot-confirm-server-initiated-edits))
    (let ((eglot-confirm-server-initiated-edits nil)
          (eglot-confirm-server-edits nil))
      (cl-call-next-method))))

(when (fboundp 'eglot--language-id)
  ;; In eglot 1.9 all buffers of a server have the language of the first one.
  (cl-defmethod eglot--language-id ((_server llada-edit-eglot-server))
    "The language id of the current buffer."
    (or (llada-edit-language-id major-mode) (cl-call-next-method))))

(defun llada-edit-eglot--server ()
  "The server of the current buffer, if eglot manages it with ours."
  (let ((server (and (eglot-managed-p) (eglot-current-server))))
    (and (cl-typep server 'llada-edit-eglot-server) server)))

(add-hook 'llada-edit-server-functions #'llada-edit-eglot--server)

(cl-defmethod llada-edit-server-request ((server llada-edit-eglot-server) method params success failure)
  "Send METHOD with PARAMS to SERVER, to call SUCCESS or FAILURE."
  (jsonrpc-async-request server (intern (concat ":" method)) params
                         :success-fn success
                         :error-fn (lambda (problem) (funcall failure (plist-get problem :message)))
                         ;; Rewriting a page takes its time, and the server says how far it is.
                         :timeout nil))

(cl-defmethod llada-edit-server-notify ((server llada-edit-eglot-server) method params)
  "Tell SERVER the notification METHOD with PARAMS."
  (jsonrpc-notify server (intern (concat ":" method)) params))

(cl-defmethod llada-edit-server-encoding ((server llada-edit-eglot-server))
  "The units of positions that SERVER speaks."
  (or (plist-get (eglot--capabilities server) :positionEncoding) "utf-16"))

(cl-defmethod llada-edit-server-document ((_server llada-edit-eglot-server))
  "The current buffer, of which the server now knows all."
  (eglot--signal-textDocument/didChange)
  (eglot--VersionedTextDocumentIdentifier))

(provide 'llada-edit-eglot)
;;; llada-edit-eglot.el ends here
