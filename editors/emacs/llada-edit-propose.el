;;; llada-edit-propose.el --- Ask the server for proposals, and decide on them -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Nothing of the buffer changes before a proposal is accepted; then it changes in one step of undo, and only if it still
;; stands as it stood when the server was asked.

;;; Code:

(require 'cl-lib)
(require 'llada-edit-diff)
(require 'llada-edit-preview)
(require 'llada-edit-session)

(defvar llada-edit--names 0
  "How many jobs there were.")

;;;; Asking

(defun llada-edit-propose (order)
  "Ask the server for proposals for ORDER.
That is a property list, without the document and a name."
  (barf-if-buffer-read-only)
  (llada-edit-check-lines)
  (llada-edit-dismiss)
  (let ((server (llada-edit-server)))
    (setq llada-edit--job
          (make-llada-edit-job :server server :order (append order (llada-edit-server-document server))
                               :tick (buffer-chars-modified-tick)))
    (llada-edit-preview-mode 1)
    (llada-edit--send)))

(defun llada-edit--send ()
  "Send the order of the job of this buffer, under a new name."
  (let* ((job llada-edit--job)
         (buffer (current-buffer))
         (name (format "emacs-%d-%d" (emacs-pid) (cl-incf llada-edit--names)))
         (mine (lambda () (and (buffer-live-p buffer)
                               (eq job (buffer-local-value 'llada-edit--job buffer))
                               (equal name (llada-edit-job-name job))
                               (llada-edit-job-running job)))))
    (setf (llada-edit-job-name job) name
          (llada-edit-job-running job) t)
    (force-mode-line-update)
    (llada-edit-server-request
     (llada-edit-job-server job) "llada/propose" (append (list :job name) (llada-edit-job-order job))
     (lambda (answer)
       (when (funcall mine)
         (with-current-buffer buffer (llada-edit--proposed (append (plist-get answer :proposals) nil)))))
     (lambda (message)
       (when (funcall mine)
         (with-current-buffer buffer (llada-edit--failed message)))))))

(defun llada-edit--proposed (found)
  "Show the proposals FOUND for the job of this buffer, after those that it has."
  (let* ((job llada-edit--job)
         (known (llada-edit-job-proposals job))
         (named (cl-loop for one in found for candidate from 0
                         collect (append one (list :verdict (list :job (llada-edit-job-name job)
                                                                  :candidate candidate)))))
         (new (cl-remove-if (lambda (one) (cl-member one known :test #'llada-edit--alike-p)) named)))
    (if (null new)
        (llada-edit--failed "The model finds no other wording here")
      (setf (llada-edit-job-running job) nil
            (llada-edit-job-proposals job) (append known new)
            (llada-edit-job-chosen job) (length known))
      (llada-edit--show))))

(defun llada-edit--alike-p (one other)
  "Whether the proposals ONE and OTHER say the same."
  (cl-every (lambda (edit with) (equal (plist-get edit :newText) (plist-get with :newText)))
            (plist-get one :edits) (plist-get other :edits)))

(defun llada-edit--failed (message)
  "Say MESSAGE, and go back to the proposals that there were, if any."
  ;; Not running any more: a server that has died cannot be told to stop.
  (setf (llada-edit-job-running llada-edit--job) nil)
  (if (llada-edit-job-proposals llada-edit--job)
      (llada-edit--show)
    (llada-edit-dismiss))
  (message "llada-edit: %s" message))

;;;; Deciding

(defun llada-edit--decide ()
  "The job of this buffer, with proposals."
  (if (llada-edit--proposals-p) llada-edit--job
    (user-error (if llada-edit--job "The server is still writing" "Nothing is proposed here"))))

(defun llada-edit-next (&optional count)
  "Show the next proposal, or the one COUNT further on."
  (interactive "p")
  (let ((job (llada-edit--decide)))
    (setf (llada-edit-job-chosen job)
          (mod (+ (llada-edit-job-chosen job) (or count 1)) (length (llada-edit-job-proposals job))))
    (llada-edit--show)))

(defun llada-edit-previous (&optional count)
  "Show the previous proposal, or the one COUNT further back."
  (interactive "p")
  (llada-edit-next (- (or count 1))))

(defun llada-edit-accept ()
  "Put the proposal that is shown into the buffer, in one step of undo."
  (interactive)
  (let* ((job (llada-edit--decide))
         (encoding (llada-edit-server-encoding (llada-edit-job-server job)))
         (proposal (nth (llada-edit-job-chosen job) (llada-edit-job-proposals job))))
    (unless (= (buffer-chars-modified-tick) (llada-edit-job-tick job))
      (llada-edit-dismiss)
      (user-error "The text has changed meanwhile, so nothing was replaced; ask again"))
    (llada-edit-dismiss)
    (llada-edit-replace (mapcar (lambda (edit) (cons (llada-edit-region (plist-get edit :range) encoding)
                                                     (plist-get edit :newText)))
                                (plist-get proposal :edits)))))

(defun llada-edit-replace (edits)
  "Do EDITS, a list of ((START . END) . TEXT), in one step of undo.
Only words that differ are changed."
  (barf-if-buffer-read-only)
  (undo-boundary)
  (atomic-change-group
    (let ((group (prepare-change-group)))
      (save-excursion
        (save-restriction
          (widen)
          (pcase-dolist (`((,start . ,end) . ,text) (sort (copy-sequence edits)
                                                          (lambda (one other) (> (caar one) (caar other)))))
            (let ((at end))
              (pcase-dolist (`(,from ,to)
                             (nreverse (llada-edit-diff (buffer-substring-no-properties start end) text)))
                (setq at (- at (length from)))
                (unless (eq from to)
                  (goto-char at)
                  (insert to)
                  (delete-region (point) (+ (point) (length from)))))))))
      (undo-amalgamate-change-group group)))
  (undo-boundary))

(defun llada-edit-refuse ()
  "Have the proposal that is shown not offered again here, and show the next."
  (interactive)
  (let* ((job (llada-edit--decide))
         (refused (nth (llada-edit-job-chosen job) (llada-edit-job-proposals job)))
         (left (remq refused (llada-edit-job-proposals job))))
    (llada-edit-server-notify (llada-edit-job-server job) "llada/didReject" (plist-get refused :verdict))
    (if (null left) (llada-edit-reject)
      (setf (llada-edit-job-proposals job) left
            (llada-edit-job-chosen job) (mod (llada-edit-job-chosen job) (length left)))
      (llada-edit--show))))

(defun llada-edit-reject ()
  "Leave the text as it is; while the server works, stop it.
When it was looking for more, the proposals that there were are shown again."
  (interactive)
  (let ((job llada-edit--job))
    (cond ((null job) (user-error "Nothing is proposed here"))
          ((and (llada-edit-job-running job) (llada-edit-job-proposals job))
           (llada-edit-server-notify (llada-edit-job-server job) "llada/cancel" (list :job (llada-edit-job-name job)))
           (llada-edit--failed "Stopped"))
          (t (llada-edit-dismiss)
             (message "llada-edit: the text stays as it is")))))

(provide 'llada-edit-propose)
;;; llada-edit-propose.el ends here
