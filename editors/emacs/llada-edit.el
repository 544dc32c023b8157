;;; llada-edit.el --- Fill holes and rewrite text with masked diffusion -*- lexical-binding: t; -*-

;; Author: The llada-edit authors
;; Version: 0.1.0
;; Package-Requires: ((emacs "28.1") (eglot "1.9"))
;; Keywords: convenience, wp
;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Mark a gap with [?], and have it filled with words that fit on both sides; or have a word, a sentence or a
;; selection said otherwise.  Nothing outside of it changes, and one undo takes an edit back.
;;
;; (add-hook 'text-mode-hook #'llada-edit-mode) starts the language server (`llada-edit lsp') through eglot or
;; lsp-mode; \\[llada-edit-menu] then shows what there is.

;;; Code:

(require 'llada-edit-commands)
(require 'llada-edit-session)

(declare-function eglot-ensure "eglot")
(declare-function lsp-deferred "lsp-mode")
(declare-function llada-edit-transient "llada-edit-transient")

(defcustom llada-edit-client 'auto
  "The client that starts the server.
With `auto' it is lsp-mode where that is in use already, and eglot otherwise."
  :group 'llada-edit
  :type '(choice (const auto) (const eglot) (const lsp-mode)))

(with-eval-after-load 'eglot (require 'llada-edit-eglot))
(with-eval-after-load 'lsp-mode (require 'llada-edit-lsp))

;;;; Starting

(defvar llada-edit-command-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist (`(,key . ,command)
                   '(("f" . llada-edit-fill) ("F" . llada-edit-fill-all) ("r" . llada-edit-rewrite)
                     ("p" . llada-edit-paraphrase) ("w" . llada-edit-reword) ("l" . llada-edit-alternatives)
                     ("a" . llada-edit-another) ("+" . llada-edit-stronger) ("-" . llada-edit-weaker)
                     ("u" . llada-edit-revert) ("P" . llada-edit-pin) ("U" . llada-edit-unpin)
                     ("k" . llada-edit-cancel) ("x" . llada-edit-unload) ("X" . llada-edit-load)
                     ("?" . llada-edit-menu)))
      (define-key map (kbd key) command))
    map)
  "Keys of all commands, after a prefix.")

(defvar llada-edit-mode-map
  (let ((map (make-sparse-keymap)))
    (define-key map (kbd "C-c _") llada-edit-command-map)
    map)
  "Keys in texts to work on.")

;;;###autoload
(define-minor-mode llada-edit-mode
  "Fill holes in this text and rewrite parts of it.
The language server of llada-edit is started for that.
\\{llada-edit-mode-map}"
  :group 'llada-edit
  :lighter (:eval (llada-edit--lighter))
  (when llada-edit-mode
    (condition-case problem
        (llada-edit-start)
      ;; Only said: a file must open all the same.
      (user-error (message "llada-edit: %s" (error-message-string problem))))))

(defun llada-edit-start ()
  "Start the server for this buffer, unless it is there."
  (unless (run-hook-with-args-until-success 'llada-edit-server-functions)
    (llada-edit-program)
    (pcase llada-edit-client
      ((or 'lsp-mode (and 'auto (guard (featurep 'lsp-mode))))
       (unless (require 'lsp-mode nil t) (user-error "Install lsp-mode, or set `llada-edit-client'"))
       (lsp-deferred))
      (_ (unless (require 'eglot nil t) (user-error "Install eglot, or set `llada-edit-client'"))
         (eglot-ensure)))))

(defun llada-edit--lighter ()
  "The name of the mode, and what the server is doing unless it waits for orders."
  (let* ((server (run-hook-with-args-until-success 'llada-edit-server-functions))
         (status (if server (gethash server llada-edit--statuses "starting") "off")))
    (if (equal status "ready") " llada" (format " llada:%s" status))))

;;;###autoload
(defun llada-edit-menu ()
  "Show all commands.
Without transient, wait for the key of one."
  (interactive)
  (if (require 'llada-edit-transient nil t)
      (llada-edit-transient)
    (set-transient-map llada-edit-command-map)
    (message "%s" (substitute-command-keys "\\<llada-edit-command-map>Fill \\[llada-edit-fill] this hole, \
\\[llada-edit-fill-all] all; \\[llada-edit-rewrite] rewrite, \\[llada-edit-paraphrase] paraphrase, \
\\[llada-edit-reword] reword; \\[llada-edit-alternatives] other words; \\[llada-edit-another] another, \
\\[llada-edit-stronger] stronger, \\[llada-edit-weaker] weaker, \\[llada-edit-revert] revert, \
\\[llada-edit-pin] pin, \\[llada-edit-unpin] unpin; \\[llada-edit-cancel] stop, \
\\[llada-edit-unload] unload, \\[llada-edit-load] load"))))

(provide 'llada-edit)
;;; llada-edit.el ends here
