;;; eglot_test.el --- A hole filled and a word asked about in a real Emacs -*- lexical-binding: t; -*-

;; emacs --batch -q -l eglot_test.el, with in the environment: LLADA_SETUP (the file that is shipped), LLADA_MODEL
;; (a folder), LLADA_FILE (a text with one hole).  Prints what came of it; the Python test judges.

;;; Code:

(require 'cl-lib)
(setq llada-edit-options (list :model (getenv "LLADA_MODEL") :device "cpu" :n 2)
      ;; Emacs asks before it applies an edit that a server sends; nobody answers here.
      eglot-confirm-server-initiated-edits nil
      eglot-confirm-server-edits nil
      eglot-sync-connect 60
      ;; In batch mode eglot would open a menu with the mouse.
      last-nonmenu-event ?a
      make-backup-files nil)
(load (getenv "LLADA_SETUP"))
(require 'eglot)

(defun llada-test-wait (done)
  "Let Emacs work until DONE returns non-nil; fail after two minutes."
  (with-timeout (120 (error "Nothing has happened"))
    (while (not (funcall done)) (accept-process-output nil 0.05))))

(find-file (getenv "LLADA_FILE"))
(text-mode)
(apply #'eglot--connect (eglot--guess-contact))
(llada-test-wait #'eglot-managed-p)
(princ (format "server: %s\n" (plist-get (eglot--server-info (eglot-current-server)) :name)))

(goto-char (point-min))
(search-forward "[?")
(let ((before (buffer-string)) offered)
  (cl-letf (((symbol-function 'completing-read)
             (lambda (_prompt collection &rest _)
               (setq offered (all-completions "" collection))
               "Fill this hole")))
    (call-interactively #'eglot-code-actions))
  (princ (format "offered: %S\n" offered))
  (llada-test-wait (lambda () (not (string= before (buffer-string))))))
(save-buffer)
(primitive-undo 1 buffer-undo-list)
(princ (format "undone: %s\n" (and (save-excursion (goto-char (point-min)) (search-forward "[?]" nil t)) t)))
(set-buffer-modified-p nil)
(eglot-shutdown (eglot-current-server))
(princ "shut down\n")
;;; eglot_test.el ends here
