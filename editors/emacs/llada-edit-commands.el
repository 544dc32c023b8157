;;; llada-edit-commands.el --- What can be done with a text -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; The commands that ask the server for something.  What a hole is and where a sentence ends, the server knows.

;;; Code:

(require 'cl-lib)
(require 'llada-edit-propose)
(require 'llada-edit-session)

(defconst llada-edit-strengths '(("touch-up" . 0.15) ("rephrase" . 0.4) ("rewrite" . 0.7))
  "How much of a text is written anew, as shares.")

(defconst llada-edit-strength-step 0.2
  "What one `llada-edit-stronger' is worth.")

(defconst llada-edit-most 8
  "Most proposals that the server gives for one order.")

;;;; Orders

(defun llada-edit--here (server)
  "The region if it is active, or else the place of point, as a range for SERVER."
  (let ((encoding (llada-edit-server-encoding server)))
    (if (use-region-p)
        (prog1 (llada-edit-range (region-beginning) (region-end) encoding)
          (deactivate-mark))
      (llada-edit-range (point) (point) encoding))))

(defun llada-edit--hole (server)
  "The ranges of the hole at point, or else of those on this line.
SERVER knows what a hole is."
  (llada-edit-check-lines)
  (let* ((document (llada-edit-server-document server))
         (range (llada-edit-range (point) (point) (llada-edit-server-encoding server)))
         (actions (llada-edit-await server "textDocument/codeAction"
                                    (list :textDocument (list :uri (plist-get document :uri)) :range range
                                          :context '(:diagnostics [])))))
    (cl-loop for action across actions
             for arguments = (plist-get (plist-get action :command) :arguments)
             for order = (or (plist-get (plist-get action :data) :order)
                             (and (vectorp arguments) (> (length arguments) 0) (aref arguments 0)))
             when (equal (plist-get action :kind) "refactor.rewrite.llada.fill")
             return (plist-get order :ranges))))

;;;###autoload
(defun llada-edit-fill ()
  "Fill the hole at point, or the holes on this line."
  (interactive)
  (let ((ranges (llada-edit--hole (llada-edit-server))))
    (unless ranges
      (user-error "No hole on this line that can be read; write [?] where something is missing"))
    (llada-edit-propose (list :op "fill" :ranges ranges))))

;;;###autoload
(defun llada-edit-fill-all ()
  "Fill all holes of this buffer together."
  (interactive)
  (llada-edit-propose '(:op "fill" :ranges [])))

;;;###autoload
(defun llada-edit-reword ()
  "Other words in place of the region, or of the word at point."
  (interactive)
  (llada-edit-propose (list :op "reword" :ranges (vector (llada-edit--here (llada-edit-server))))))

;;;###autoload
(defun llada-edit-paraphrase (&optional strength)
  "Say the region, or the sentence at point, in another way.
STRENGTH is how much may change; with a prefix argument it is asked for."
  (interactive (list (and current-prefix-arg
                          (completing-read "How much may change: " llada-edit-strengths nil t))))
  (llada-edit-rewrite "paraphrase" strength))

(defun llada-edit--operations (server)
  "What the model of SERVER is good at: a list of property lists."
  (or (append (plist-get (llada-edit-await server "llada/operations" nil) :operations) nil)
      (user-error "The model is not loaded yet, or it can only fill and reword")))

(defun llada-edit--read (prompt choices)
  "Ask with PROMPT for one of CHOICES, a list of (TEXT . ANNOTATION)."
  (completing-read prompt
                   (lambda (text predicate action)
                     (if (eq action 'metadata)
                         `(metadata (display-sort-function . identity)
                                    (cycle-sort-function . identity)
                                    (annotation-function
                                     . ,(lambda (choice) (concat "  " (cdr (assoc choice choices))))))
                       (complete-with-action action choices text predicate)))
                   nil t nil nil (caar choices)))

(defun llada-edit--read-operation ()
  "Ask for one of the operations that the model is good at, and return its name."
  (let* ((operations (llada-edit--operations (llada-edit-server)))
         (title (llada-edit--read "Rewrite: " (mapcar (lambda (operation)
                                                        (cons (plist-get operation :title)
                                                              (plist-get operation :detail)))
                                                      operations))))
    (plist-get (cl-find title operations :key (lambda (operation) (plist-get operation :title)) :test #'equal) :op)))

;;;###autoload
(defun llada-edit-rewrite (operation &optional strength)
  "Do OPERATION with the region, or with the sentence at point, at STRENGTH."
  (interactive (list (llada-edit--read-operation)))
  (llada-edit-propose (append (list :op operation :ranges (vector (llada-edit--here (llada-edit-server))))
                              (and strength (list :strength strength)))))

;;;###autoload
(defun llada-edit-alternatives ()
  "Replace the word at point by another one that fits there.
Each is shown with the probability that the model gives it."
  (interactive)
  (barf-if-buffer-read-only)
  (llada-edit-check-lines)
  (let* ((server (llada-edit-server))
         (encoding (llada-edit-server-encoding server))
         (document (llada-edit-server-document server))
         (tick (buffer-chars-modified-tick))
         (found (llada-edit-await server "llada/alternatives"
                                  (list :textDocument document :position (llada-edit-position (point) encoding)
                                        :k 12)))
         (words (mapcar (lambda (word) (cons (plist-get word :text)
                                             (format "%.1f %%" (* 100 (plist-get word :probability)))))
                        (plist-get found :words)))
         (region (llada-edit-region (plist-get found :range) encoding)))
    (unless words (user-error "The model finds no word here"))
    (let* ((old (buffer-substring-no-properties (car region) (cdr region)))
           (word (llada-edit--read (format "Instead of “%s”: " old) words)))
      (unless (= tick (buffer-chars-modified-tick))
        (user-error "The text has changed meanwhile, so nothing was replaced; ask again"))
      (llada-edit-replace (list (cons region word))))))

;;;; Afterwards

(defun llada-edit--execute (name argument &optional done)
  "Have the server do the command NAME with ARGUMENT.
DONE is called with its answer."
  (llada-edit-server-request (llada-edit-server) "workspace/executeCommand"
                             (list :command (concat "lladaEdit." name) :arguments (if argument (vector argument) []))
                             (or done #'ignore)
                             (lambda (problem) (message "llada-edit: %s" problem))))

(defun llada-edit--command (name &optional more done)
  "Have the server do NAME with the text that was written last here.
MORE is what else it is told; DONE is called with its answer."
  (let ((document (llada-edit-server-document (llada-edit-server))))
    (llada-edit--execute name (append (list :uri (plist-get document :uri)) more) done)))

(defun llada-edit-another ()
  "Propose another text, besides those shown.
Where none is shown, replace the text that was written last."
  (interactive)
  (if (null llada-edit--job)
      (llada-edit--command "another")
    (let* ((job (llada-edit--decide))
           (order (copy-sequence (llada-edit-job-order job))))
      (setq order (plist-put order :seed (1+ (or (plist-get order :seed) 0)))
            ;; Those that are known come again, and are left out.
            order (plist-put order :n (min llada-edit-most (+ 2 (length (llada-edit-job-proposals job))))))
      (setf (llada-edit-job-order job) order)
      (llada-edit--send))))

(defun llada-edit--stronger (name step)
  "Propose texts that change more by STEP.
Where none is shown, do the server's command NAME."
  (if (null llada-edit--job)
      (llada-edit--command name)
    (let* ((job (llada-edit--decide))
           (order (copy-sequence (llada-edit-job-order job)))
           (strength (or (plist-get order :strength) "rephrase")))
      (unless (llada-edit-graded-p (llada-edit-job-server job) (plist-get order :op))
        (user-error "There is no more or less of this with the model in use"))
      (setf (llada-edit-job-order job)
            (plist-put order :strength (min 1.0 (max 0.05 (+ step (or (cdr (assoc strength llada-edit-strengths))
                                                                      strength)))))
            (llada-edit-job-proposals job) nil)
      (llada-edit--send))))

(defun llada-edit-stronger ()
  "Change more."
  (interactive)
  (llada-edit--stronger "stronger" llada-edit-strength-step))

(defun llada-edit-weaker ()
  "Change less."
  (interactive)
  (llada-edit--stronger "weaker" (- llada-edit-strength-step)))

(defun llada-edit-revert ()
  "Put back what stood in place of the text that was written last."
  (interactive)
  (llada-edit--command "revert"))

(defun llada-edit--pinned (texts)
  "Say that TEXTS are pinned."
  (message (if (seq-empty-p texts) "llada-edit: nothing is pinned" "llada-edit: pinned %s")
           (mapconcat (lambda (text) (format "“%s”" text)) texts ", ")))

(defun llada-edit-pin ()
  "Keep the region, or the word at point, in other texts.
It is a part of the text that was written last."
  (interactive)
  (llada-edit--command "pin" (list :ranges (vector (llada-edit--here (llada-edit-server)))) #'llada-edit--pinned))

(defun llada-edit-unpin ()
  "Let what is pinned in the region change again, or all without one."
  (interactive)
  (llada-edit--command "unpin"
                       (list :ranges (if (use-region-p) (vector (llada-edit--here (llada-edit-server))) []))
                       #'llada-edit--pinned))

;;;; The server

(defun llada-edit-unload ()
  "Have the server let go of the model, so that its memory is free."
  (interactive)
  (llada-edit--execute "unload" nil))

(defun llada-edit-load ()
  "Have the server load the model that was unloaded."
  (interactive)
  (llada-edit--execute "load" nil))

(defun llada-edit-cancel ()
  "Stop everything that the server is doing."
  (interactive)
  (let ((server (llada-edit-server)))
    (llada-edit-dismiss)
    (llada-edit-server-notify server "llada/cancel" '(:job ""))
    (message "llada-edit: stopped")))

(provide 'llada-edit-commands)
;;; llada-edit-commands.el ends here
