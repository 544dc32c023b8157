;;; llada-edit-lsp.el --- The llada-edit server through lsp-mode -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Loaded by `llada-edit' when lsp-mode is; \\[lsp] in a text starts the server, beside others of the same text.

;;; Code:

(require 'llada-edit-session)

;; Not required: the package compiles without lsp-mode, too, and this file is loaded after it.
(declare-function llada-edit-handle-denoise "llada-edit-preview")
(declare-function lsp--client-server-id "lsp-mode")
(declare-function lsp--versioned-text-document-identifier "lsp-mode")
(declare-function lsp--workspace-client "lsp-mode")
(declare-function lsp--workspace-server-capabilities "lsp-mode")
(declare-function lsp--workspace-status "lsp-mode")
(declare-function lsp-notify "lsp-mode")
(declare-function lsp-register-client "lsp-mode")
(declare-function lsp-request-async "lsp-mode")
(declare-function lsp-stdio-connection "lsp-mode")
(declare-function lsp-workspaces "lsp-mode")
(declare-function make-lsp-client "lsp-mode")
(defvar lsp--cur-workspace)
(defvar lsp-language-id-configuration)

(defun llada-edit-lsp--plist (value)
  "The JSON VALUE with hash tables as property lists, as eglot gives it."
  (cond ((hash-table-p value)
         (let (plist)
           (maphash (lambda (key inner)
                      (setq plist (cons (intern (concat ":" key)) (cons (llada-edit-lsp--plist inner) plist))))
                    value)
           plist))
        ((vectorp value) (vconcat (mapcar #'llada-edit-lsp--plist value)))
        ((and (consp value) (not (keywordp (car value)))) (vconcat (mapcar #'llada-edit-lsp--plist value)))
        (t value)))

(pcase-dolist (`(,mode . ,id) llada-edit-modes)
  (add-to-list 'lsp-language-id-configuration (cons mode id) t))

(defun llada-edit-lsp--handlers ()
  "What to do with the notifications of our own."
  (let ((handlers (make-hash-table :test 'equal)))
    (puthash "llada/denoise"
             (lambda (_workspace params) (llada-edit-handle-denoise (llada-edit-lsp--plist params)))
             handlers)
    (puthash "llada/status"
             (lambda (workspace params) (llada-edit-handle-status workspace (llada-edit-lsp--plist params)))
             handlers)
    handlers))

(lsp-register-client
 (make-lsp-client
  :new-connection (lsp-stdio-connection (lambda () llada-edit-command)
                                        (lambda () (executable-find (car llada-edit-command))))
  :activation-fn (lambda (_file mode) (llada-edit-language-id mode))
  :server-id 'llada-edit
  :add-on? t
  :priority -1
  :initialization-options (lambda () llada-edit-options)
  ;; Positions of lsp-mode count characters, whatever it says; so this is said as well.
  :custom-capabilities '((general . ((positionEncodings . ["utf-32"])))
                         (experimental . ((lladaEdit . ((denoise . t) (status . t))))))
  :notification-handlers (llada-edit-lsp--handlers)))

(defun llada-edit-lsp--server ()
  "The server of the current buffer, if lsp-mode has started ours."
  (cl-find-if (lambda (workspace)
                (and (eq (lsp--client-server-id (lsp--workspace-client workspace)) 'llada-edit)
                     (eq (lsp--workspace-status workspace) 'initialized)))
              (and (bound-and-true-p lsp-mode) (lsp-workspaces))))

(add-hook 'llada-edit-server-functions #'llada-edit-lsp--server)

(cl-defmethod llada-edit-server-request ((server lsp--workspace) method params success failure)
  "Send METHOD with PARAMS to SERVER, to call SUCCESS or FAILURE."
  (let ((lsp--cur-workspace server))
    (lsp-request-async method params
                       (lambda (answer) (funcall success (llada-edit-lsp--plist answer)))
                       :mode 'detached
                       :error-handler (lambda (problem)
                                        (funcall failure (plist-get (llada-edit-lsp--plist problem) :message))))))

(cl-defmethod llada-edit-server-notify ((server lsp--workspace) method params)
  "Tell SERVER the notification METHOD with PARAMS."
  (let ((lsp--cur-workspace server))
    (lsp-notify method params)))

(cl-defmethod llada-edit-server-encoding ((server lsp--workspace))
  "The units of positions that SERVER speaks."
  (let ((capabilities (lsp--workspace-server-capabilities server)))
    (or (if (hash-table-p capabilities)
            (gethash "positionEncoding" capabilities)
          (plist-get capabilities :positionEncoding))
        "utf-16")))

(cl-defmethod llada-edit-server-document ((_server lsp--workspace))
  "The current buffer, of which the server knows all by itself."
  (lsp--versioned-text-document-identifier))

(provide 'llada-edit-lsp)
;;; llada-edit-lsp.el ends here
