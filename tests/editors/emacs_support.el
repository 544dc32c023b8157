;;; emacs_support.el --- What the tests in a real Emacs share -*- lexical-binding: t; -*-

;; In the environment: LLADA_PACKAGE (the folder that is shipped), LLADA_CLIENT (eglot or lsp-mode), LLADA_MODEL (a
;; folder, or bundled), LLADA_FILE (a text with one hole).  What does not hold is an error, and Emacs ends with it.

;;; Code:

(require 'cl-lib)
(setq eglot-sync-connect 60
      make-backup-files nil
      ;; Replacing a function of Emacs itself would start a compiler.
      native-comp-enable-subr-trampolines nil
      create-lockfiles nil
      lsp-auto-guess-root t
      lsp-enable-file-watchers nil)
(add-to-list 'load-path (getenv "LLADA_PACKAGE"))
(require 'llada-edit)
(setq llada-edit-client (intern (getenv "LLADA_CLIENT"))
      llada-edit-options (list :model (getenv "LLADA_MODEL") :device "cpu" :n 3))

(defun test-wait (what done)
  "Let Emacs work until DONE returns non-nil, and return that; after two minutes fail with WHAT."
  (let (found)
    (with-timeout (120 (error "This has not happened: %s" what))
      (while (not (setq found (funcall done)))
        (accept-process-output nil 0.05)))
    found))

(defun test-that (what holds)
  "Fail with WHAT unless HOLDS; say it otherwise."
  (unless holds (error "This does not hold: %s" what))
  (princ (format "ok: %s\n" what)))

(defun test-key (key)
  "Do what KEY does in this buffer."
  (execute-kbd-macro (kbd key)))

(defun test-undo ()
  "One step back, as between two commands."
  (setq last-command nil)
  (undo-boundary)
  (undo-only 1)
  (undo-boundary))

(defun test-open ()
  "Open the text as a user does, and wait for the server."
  (switch-to-buffer (find-file-noselect (getenv "LLADA_FILE")))
  (text-mode)
  (buffer-enable-undo)
  (llada-edit-mode 1)
  (if (eq llada-edit-client 'lsp-mode)
      ;; lsp-deferred waits until Emacs is idle, which it never is in batch mode.
      (lsp)
    (run-hooks 'post-command-hook))
  (test-wait "the server is there" (lambda () (ignore-errors (llada-edit-server)))))

(defun test-proposals ()
  "Wait for proposals, and return their texts."
  (test-wait "proposals are shown" #'llada-edit--proposals-p)
  (mapcar (lambda (proposal) (plist-get (elt (plist-get proposal :edits) 0) :newText))
          (llada-edit-job-proposals llada-edit--job)))

(defun test-shown ()
  "What is shown over the text."
  (mapcar (lambda (overlay) (substring-no-properties (or (overlay-get overlay 'display)
                                                         (overlay-get overlay 'after-string))))
          (cl-remove-if-not (lambda (overlay) (overlay-get overlay 'llada-edit))
                            (overlays-in (point-min) (point-max)))))

(defun test-status ()
  "What the server says that it is doing."
  (plist-get (llada-edit-await (llada-edit-server) "llada/getStatus" nil) :kind))

(provide 'emacs_support)
;;; emacs_support.el ends here
