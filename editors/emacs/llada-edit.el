;;; llada-edit.el --- Fill holes and reword text with eglot -*- lexical-binding: t; -*-

;; Needs eglot (in Emacs since 29, from GNU ELPA or Debian's elpa-eglot before) and `llada-edit' in PATH.
;; Load this file, open a text, M-x eglot.  On a hole such as [?] or a selection: M-x eglot-code-actions.

;;; Code:

(defvar llada-edit-options nil
  "What the server is started with, for instance (:model \"bundled\" :device \"cpu\" :marker \"[?\" :n 3).
Set it before this file is loaded.")

(with-eval-after-load 'eglot
  (add-to-list 'eglot-server-programs
               `((text-mode markdown-mode latex-mode org-mode rst-mode git-commit-mode)
                 . ("llada-edit" "lsp" ,@(and llada-edit-options
                                              (list :initializationOptions llada-edit-options))))))

(provide 'llada-edit)
;;; llada-edit.el ends here
