;;; emacs_test.el --- Holes, words and rewriting in a real Emacs -*- lexical-binding: t; -*-

;;; Code:

(load (expand-file-name "emacs_support.el" (file-name-directory load-file-name)))

(test-open)
(defvar test-text (buffer-string))

;; A hole: live frames, a choice, one step of undo.
(goto-char (point-min))
(search-forward "[?")
(call-interactively #'llada-edit-fill)
(let ((job llada-edit--job)
      (texts (test-proposals)))
  (test-that "frames have come" (> (llada-edit-job-frames job) 0))
  (test-that "several fillings are proposed" (cdr texts))
  (test-that "the first is shown" (equal (test-shown) (list (car texts))))
  (test-that "the text has not changed" (equal (buffer-string) test-text))
  (test-key "n")
  (test-that "the second is shown" (equal (test-shown) (list (cadr texts))))
  (test-key "p")
  (test-key "n")
  (test-key "RET")
  (test-that "the second was taken" (equal (buffer-string) (string-replace "[?]" (cadr texts) test-text)))
  (test-that "nothing is shown any more" (null (test-shown)))
  (save-buffer)
  (test-undo)
  (test-that "one undo takes it back" (equal (buffer-string) test-text))

  ;; More of the same, and rejected.
  (call-interactively #'llada-edit-fill)
  (test-proposals)
  (test-key "a")
  (test-that "another one is added" (> (length (test-proposals)) (length texts)))
  (test-key "q")
  (test-that "nothing has changed" (and (equal (buffer-string) test-text) (null (test-shown))))

  ;; What was refused is not offered again.
  (call-interactively #'llada-edit-fill)
  (let ((first (car (test-proposals))))
    (test-key "d")
    (test-that "the next is shown" (not (member first (test-shown))))
    (test-key "q")
    (call-interactively #'llada-edit-fill)
    (test-that "the first is not offered again" (not (member first (test-proposals))))
    (test-key "q")))

;; Words that stay in another text.
(call-interactively #'llada-edit-fill)
(let ((first (car (test-proposals)))
      (transient-mark-mode t)
      said)
  (cl-flet ((answers (command text)
              (setq said nil)
              (cl-letf (((symbol-function 'message) (lambda (form &rest more) (setq said (apply #'format form more)))))
                (call-interactively command)
                (test-wait text (lambda () (and said (string-search text said)))))
              (test-that text t)))
    (test-key "RET")
    (goto-char (point-min))
    (search-forward first)
    (push-mark (match-beginning 0) t t)
    (setq mark-active t)
    (answers #'llada-edit-pin (format "pinned “%s”" (string-trim first)))
    (answers #'llada-edit-unpin "nothing is pinned"))
  (test-undo)
  (test-that "one undo brings the hole back" (equal (buffer-string) test-text)))

;; The model is sent away, and comes back.
(call-interactively #'llada-edit-unload)
(test-wait "the model is gone" (lambda () (equal (test-status) "off")))
(test-that "the mode line says so" (equal (llada-edit--lighter) " llada:off"))
(call-interactively #'llada-edit-load)
(test-wait "the model is back" (lambda () (equal (llada-edit--lighter) " llada")))

;; What the server writes by itself.
(call-interactively #'llada-edit-fill)
(let ((first (car (test-proposals))))
  (test-key "RET")
  (call-interactively #'llada-edit-another)
  (test-wait "the server has written another text"
             (lambda () (not (equal (buffer-string) (string-replace "[?]" first test-text)))))
  (test-undo)
  (test-that "one undo takes that back" (equal (buffer-string) (string-replace "[?]" first test-text)))
  (test-undo)
  (test-that "and a second one the first" (equal (buffer-string) test-text)))

;; The client's own list of what can be done; the edit comes later, and nobody is asked whether it may.
(goto-char (point-min))
(search-forward "[?")
(let (offered)
  (if (eq llada-edit-client 'lsp-mode)
      (let ((actions (lsp-code-actions-at-point)))
        (setq offered (mapcar (lambda (action) (gethash "title" action)) actions))
        (lsp-execute-code-action (elt actions (cl-position "Fill this hole" offered :test #'equal))))
    (let ((completing-read-function (lambda (_prompt table &rest _)
                                      (setq offered (all-completions "" table))
                                      "Fill this hole"))
          ;; In batch mode eglot would open a menu with the mouse.
          (last-nonmenu-event ?a))
      (call-interactively #'eglot-code-actions)))
  (test-that "a choice is offered, too" (member "Choose a filling for this hole…" offered))
  (test-wait "the hole is filled" (lambda () (not (string-search "[?" (buffer-string)))))
  (test-undo)
  (test-that "one undo brings the hole back" (equal (buffer-string) test-text)))

;; All holes together.
(goto-char (point-max))
(insert "Dear 😀 [?name], thank you for [?].\n")
(undo-boundary)
(let ((holes (buffer-string)))
  (call-interactively #'llada-edit-fill-all)
  (test-proposals)
  (test-that "three fillings are shown" (= (length (test-shown)) 3))
  (test-key "RET")
  (test-that "no hole is left" (not (string-search "[?" (buffer-string))))
  (test-undo)
  (test-that "one undo takes all back" (equal (buffer-string) holes))
  (delete-region (1+ (length test-text)) (point-max)))

;; The other words for a word.
(goto-char (point-min))
(search-forward "commi")
(let (offered annotated)
  (let ((completing-read-function
         (lambda (_prompt table &rest _)
           (setq offered (all-completions "" table)
                 annotated (funcall (cdr (assq 'annotation-function (cdr (funcall table "" nil 'metadata))))
                                    (car offered)))
           (cadr offered))))
    (call-interactively #'llada-edit-alternatives))
  (test-that "words have probabilities" (string-match-p "[0-9.]+ %" annotated))
  (test-that "the second word stands there"
             (equal (buffer-string) (string-replace "committee" (cadr offered) test-text)))
  (test-undo)
  (test-that "one undo brings the word back" (equal (buffer-string) test-text)))

;; Something else is typed while a proposal is shown.
(call-interactively #'llada-edit-reword)
(test-proposals)
(goto-char (point-max))
(insert "More. ")
(test-that "the proposal is gone" (and (null (test-shown)) (null llada-edit--job)))
(test-that "and cannot be accepted" (condition-case nil (progn (llada-edit-accept) nil) (user-error t)))
(test-undo)

(test-that "a lone carriage return is refused"
           (condition-case problem (progn (goto-char (point-max)) (insert "a\rb") (llada-edit-fill-all) nil)
             (user-error (string-match-p "carriage return" (cadr problem)))))

(llada-edit-menu)
(test-that "the menu is transient's" (featurep 'llada-edit-transient))
(test-that "without transient there are keys"
           (cl-letf (((symbol-function 'require) (lambda (&rest _) nil)) (overriding-terminal-local-map nil))
             (llada-edit-menu)
             (eq (key-binding "F") #'llada-edit-fill-all)))
(princ "finished\n")
(set-buffer-modified-p nil)
(kill-emacs 0)
;;; emacs_test.el ends here
