;;; emacs_missing_test.el --- What is said where the server is not installed -*- lexical-binding: t; -*-

;;; Code:

(load (expand-file-name "emacs_support.el" (file-name-directory load-file-name)))

(switch-to-buffer (find-file-noselect (getenv "LLADA_FILE")))
(add-hook 'text-mode-hook #'llada-edit-mode)
(text-mode)
(test-that "the file is open all the same" (and llada-edit-mode (> (buffer-size) 0)))
(goto-char (point-min))
(search-forward "[?")
(message "%s" (condition-case problem (progn (llada-edit-fill) "nothing") (user-error (cadr problem))))
(princ "finished\n")
(kill-emacs 0)
;;; emacs_missing_test.el ends here
