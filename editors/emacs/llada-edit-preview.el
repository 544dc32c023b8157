;;; llada-edit-preview.el --- Proposals shown over the text until one is taken -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; One job for each buffer: while the server works, overlays show every step; then they show one proposal at a time,
;; as a difference of words.  The buffer itself changes only when a proposal is accepted, in one step of undo.  Any
;; other change of it ends the job.

;;; Code:

(require 'cl-lib)
(require 'llada-edit-diff)
(require 'llada-edit-session)

(defface llada-edit-added '((t :inherit diff-refine-added))
  "Words that a proposal would put in."
  :group 'llada-edit)

(defface llada-edit-removed '((t :inherit diff-refine-removed :strike-through t))
  "Words that a proposal would take out."
  :group 'llada-edit)

(defface llada-edit-unfinished '((t :inherit highlight))
  "Text while the server still works on it."
  :group 'llada-edit)

(defface llada-edit-masked '((t :inherit shadow))
  "Places that are not yet written."
  :group 'llada-edit)

(cl-defstruct llada-edit-job
  "An order on its way, or the proposals that came of it."
  server name order tick (proposals nil) (chosen 0) (running t) (frames 0) (overlays nil))

(defvar-local llada-edit--job nil
  "The job of this buffer, or nil.")

(defvar llada-edit--names 0
  "How many jobs there were.")

(defun llada-edit--proposals-p ()
  "Whether proposals are shown in this buffer, to be decided on."
  (and llada-edit--job
       (not (llada-edit-job-running llada-edit--job))
       (llada-edit-job-proposals llada-edit--job)))

(defun llada-edit--when-shown (command)
  "A binding of COMMAND for the time while proposals are shown."
  (list 'menu-item "" command :filter (lambda (command) (and (llada-edit--proposals-p) command))))

(defvar llada-edit-preview-mode-map
  (let ((map (make-sparse-keymap)))
    (pcase-dolist (`(,key . ,command)
                   '(("RET" . llada-edit-accept) ("n" . llada-edit-next) ("p" . llada-edit-previous)
                     ("a" . llada-edit-another) ("+" . llada-edit-stronger) ("-" . llada-edit-weaker)
                     ("q" . llada-edit-reject)))
      (define-key map (kbd key) (llada-edit--when-shown command)))
    (define-key map [remap keyboard-quit] #'llada-edit-reject)
    map)
  "Keys while the server works, or its proposals are shown.")

(define-minor-mode llada-edit-preview-mode
  "Decide on what the server proposes.
The commands that ask the server turn this mode on and off.
\\{llada-edit-preview-mode-map}"
  :lighter (:eval (llada-edit--progress))
  (if llada-edit-preview-mode
      (add-hook 'after-change-functions #'llada-edit--after-change nil t)
    (remove-hook 'after-change-functions #'llada-edit--after-change t)))

(defun llada-edit--progress ()
  "The state of the job of this buffer, for the mode line."
  (cond ((null llada-edit--job) "")
        ((llada-edit-job-running llada-edit--job) " [writing, C-g stops]")
        (t (format " [%d/%d]" (1+ (llada-edit-job-chosen llada-edit--job))
                   (length (llada-edit-job-proposals llada-edit--job))))))

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
         (new (cl-remove-if (lambda (one) (cl-member one known :test #'llada-edit--alike-p)) found)))
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
  (if (llada-edit-job-proposals llada-edit--job)
      (progn (setf (llada-edit-job-running llada-edit--job) nil)
             (llada-edit--show))
    (llada-edit-dismiss))
  (message "llada-edit: %s" message))

(defun llada-edit-dismiss ()
  "End the job of this buffer, if there is one, and take its overlays away."
  (when-let* ((job llada-edit--job))
    (setq llada-edit--job nil)
    (mapc #'delete-overlay (llada-edit-job-overlays job))
    (llada-edit-preview-mode -1)
    (when (llada-edit-job-running job)
      (llada-edit-server-notify (llada-edit-job-server job) "llada/cancel" (list :job (llada-edit-job-name job))))))

(defun llada-edit--after-change (&rest _)
  "End the job of this buffer: its proposals are for another text."
  (unless (or (null llada-edit--job)
              (= (buffer-chars-modified-tick) (llada-edit-job-tick llada-edit--job)))
    (llada-edit-dismiss)
    (message "llada-edit: the text has changed meanwhile, so nothing is proposed any more")))

;;;; Showing

(defun llada-edit-handle-denoise (params)
  "Show the step of a job in PARAMS, wherever it is."
  (when-let* ((buffer (cl-find (plist-get params :job) (buffer-list)
                              :key (lambda (buffer)
                                     (let ((job (buffer-local-value 'llada-edit--job buffer)))
                                       (and job (llada-edit-job-name job))))
                              :test #'equal)))
    (with-current-buffer buffer
      (let* ((job llada-edit--job)
             (encoding (llada-edit-server-encoding (llada-edit-job-server job))))
        (when (llada-edit-job-running job)
          (cl-incf (llada-edit-job-frames job))
          (llada-edit--lay job (mapcar (lambda (span)
                                         (cons (llada-edit-region (plist-get span :range) encoding)
                                               (llada-edit--unfinished span encoding)))
                                       (plist-get params :spans))))))))

(defun llada-edit--unfinished (span encoding)
  "The text of a SPAN that is being written.
Its masked parts are in units of ENCODING."
  (let* ((text (plist-get span :text))
         (shown (propertize text 'face 'llada-edit-unfinished)))
    (mapc (lambda (part)
            (put-text-property (llada-edit--index text (elt part 0) encoding)
                               (llada-edit--index text (elt part 1) encoding) 'face 'llada-edit-masked shown))
          (plist-get span :masked))
    shown))

(defun llada-edit--show ()
  "Show the chosen proposal of this buffer, and the keys."
  (let* ((job llada-edit--job)
         (encoding (llada-edit-server-encoding (llada-edit-job-server job)))
         (fill (equal (plist-get (llada-edit-job-order job) :op) "fill"))
         (proposal (nth (llada-edit-job-chosen job) (llada-edit-job-proposals job))))
    (llada-edit--lay job (mapcar (lambda (edit)
                                   (let ((region (llada-edit-region (plist-get edit :range) encoding)))
                                     (cons region (llada-edit--difference region (plist-get edit :newText) fill))))
                                 (plist-get proposal :edits)))
    (message (substitute-command-keys "\\<llada-edit-preview-mode-map>Proposal %d of %d: \\[llada-edit-accept] \
takes it, \\[llada-edit-next]/\\[llada-edit-previous] others, \\[llada-edit-another] one more, \
\\[llada-edit-stronger]/\\[llada-edit-weaker] more or less of a change, \\[llada-edit-reject] none")
             (1+ (llada-edit-job-chosen job)) (length (llada-edit-job-proposals job)))
    (force-mode-line-update)))

(defun llada-edit--difference (region new fill)
  "What NEW in place of REGION is shown as.
FILL says that what stands there is a mark for nothing."
  (mapconcat (pcase-lambda (`(,from ,to))
               (if (eq from to) from
                 (concat (propertize from 'face 'llada-edit-removed) (propertize to 'face 'llada-edit-added))))
             (if fill
                 (list (list "" new))
               (llada-edit-diff (buffer-substring-no-properties (car region) (cdr region)) new))
             ""))

(defun llada-edit--lay (job shown)
  "Put over the text of JOB what is SHOWN: a list of ((START . END) . TEXT)."
  (mapc #'delete-overlay (llada-edit-job-overlays job))
  (setf (llada-edit-job-overlays job)
        (mapcar (pcase-lambda (`((,start . ,end) . ,text))
                  (let ((overlay (make-overlay start end)))
                    (overlay-put overlay 'llada-edit t)
                    (overlay-put overlay (if (= start end) 'after-string 'display) text)
                    overlay))
                shown)))

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

(provide 'llada-edit-preview)
;;; llada-edit-preview.el ends here
