;;; llada-edit-preview.el --- Proposals shown over the text until one is taken -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; One job for each buffer: while the server works, overlays show every step; then they show one proposal at a time,
;; as a difference of words.  Any change of the buffer ends the job.

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
                     ("d" . llada-edit-refuse) ("q" . llada-edit-reject)))
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
         (operation (plist-get (llada-edit-job-order job) :op))
         (fill (equal operation "fill"))
         (proposal (nth (llada-edit-job-chosen job) (llada-edit-job-proposals job))))
    (llada-edit--lay job (mapcar (lambda (edit)
                                   (let ((region (llada-edit-region (plist-get edit :range) encoding)))
                                     (cons region (llada-edit--difference region (plist-get edit :newText) fill))))
                                 (plist-get proposal :edits)))
    (message (substitute-command-keys "\\<llada-edit-preview-mode-map>Proposal %d of %d: \\[llada-edit-accept] \
takes it, \\[llada-edit-next]/\\[llada-edit-previous] others, \\[llada-edit-another] one more, \
%s\\[llada-edit-refuse] not this one again, \\[llada-edit-reject] none")
             (1+ (llada-edit-job-chosen job)) (length (llada-edit-job-proposals job))
             (if (not (llada-edit-graded-p (llada-edit-job-server job) operation)) ""
               (substitute-command-keys "\\<llada-edit-preview-mode-map>\
\\[llada-edit-stronger]/\\[llada-edit-weaker] more or less of a change, ")))
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

(provide 'llada-edit-preview)
;;; llada-edit-preview.el ends here
