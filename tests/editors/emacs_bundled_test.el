;;; emacs_bundled_test.el --- A sentence paraphrased by the bundled model in a real Emacs -*- lexical-binding: t; -*-

;;; Code:

(load (expand-file-name "emacs_support.el" (file-name-directory load-file-name)))

(test-open)
(goto-char (point-max))
(insert "😀 In spite of the rain, the children were very happy and began to play in the big garden.\n")
(undo-boundary)
(defvar test-text (buffer-string))

(search-backward "children")
(let (offered)
  (let ((completing-read-function (lambda (_prompt table &rest _)
                                    (setq offered (all-completions "" table))
                                    "Paraphrase")))
    ;; Nothing is offered until the model is there.
    (test-wait "operations are offered"
               (lambda () (condition-case nil (progn (call-interactively #'llada-edit-rewrite) t) (user-error nil)))))
  (princ (format "offered: %s\n" (string-join offered ", "))))
(let ((texts (test-proposals)))
  (princ (format "proposed: %S\n" texts))
  (test-that "there is a choice" (cdr texts))
  (test-that "they are shown as a difference" (not (member (car (test-shown)) texts)))
  (test-key "n")
  (test-key "RET")
  (test-that "the second was taken" (string-search (cadr texts) (buffer-string)))
  (test-that "the rest has not changed" (string-prefix-p (substring test-text 0 60) (buffer-string)))
  (test-undo)
  (test-that "one undo takes it back" (equal (buffer-string) test-text)))

(call-interactively #'llada-edit-paraphrase)
(test-proposals)
(test-that "more and less are not offered" (not (string-search "more or less" (or (current-message) ""))))
(test-that "the model has no strengths, and that is said"
           (condition-case problem (progn (test-key "+") nil)
             (user-error (string-match-p "no more or less" (cadr problem)))))
;; A long rewriting is stopped.
(llada-edit-reject)
(goto-char (point-max))
(push-mark (point) t t)
(insert (apply #'concat (make-list 60 "In spite of the rain the children were very happy. ")))
(let ((long (buffer-string))
      (transient-mark-mode t))
  (setq mark-active t)
  (call-interactively #'llada-edit-reword)
  (let ((job llada-edit--job))
    (test-wait "it is under way" (lambda () (> (llada-edit-job-frames job) 0)))
    (test-that "what is written is shown" (= (length (test-shown)) 1))
    (test-that "the server works" (equal (test-status) "busy"))
    (call-interactively (command-remapping 'keyboard-quit))
    (test-wait "the server has stopped" (lambda () (equal (test-status) "ready")))
    (test-that "nothing is shown, nothing has changed"
               (and (null (test-shown)) (null llada-edit--job) (equal (buffer-string) long)))))
(princ "finished\n")
(set-buffer-modified-p nil)
(kill-emacs 0)
;;; emacs_bundled_test.el ends here
