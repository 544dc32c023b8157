;;; llada-edit-session.el --- What every client of the llada-edit server shares -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; The language server as the commands see it, whichever client has started it: generic functions that
;; `llada-edit-eglot' and `llada-edit-lsp' implement, and positions in the units that were negotiated.  Lines are
;; those of Emacs; a buffer in which the protocol would count others is refused.

;;; Code:

(require 'cl-lib)
(require 'subr-x)

(defgroup llada-edit nil
  "Fill holes in text and rewrite it with a masked-diffusion language model."
  :group 'convenience
  :prefix "llada-edit-")

(defcustom llada-edit-command '("llada-edit" "lsp")
  "The program of the language server, and its arguments."
  :type '(repeat string))

(defcustom llada-edit-options nil
  "Settings of the server, for instance (:model \"bundled\" :n 3).
They hold from its next start.  All of them stand in its documentation."
  :type '(plist :key-type symbol))

(defcustom llada-edit-modes
  '((markdown-mode . "markdown") (latex-mode . "latex") (LaTeX-mode . "latex") (tex-mode . "latex")
    (org-mode . "org") (rst-mode . "restructuredtext") (text-mode . "plaintext"))
  "Major modes to work in, with the language id that the server knows them by.
Modes derived from them are meant as well; the first that fits counts."
  :type '(alist :key-type symbol :value-type string))

(defvar llada-edit-server-functions nil
  "Functions that return our server of the current buffer, or nil.
There is one for each client.")

(defvar llada-edit--statuses (make-hash-table :test #'eq :weakness 'key)
  "What each server was doing last: \"loading\", \"ready\", \"busy\", \"off\" or \"error\".")

(defvar llada-edit--offered (make-hash-table :test #'eq :weakness 'key)
  "The operations that the model of each server is good at, once it has said so.
Each is a property list.")

(cl-defgeneric llada-edit-server-request (server method params success failure)
  "Send METHOD with PARAMS to SERVER and return at once.
SUCCESS is called with the result, as property lists and vectors,
FAILURE with a message.")

(cl-defgeneric llada-edit-server-notify (server method params)
  "Tell SERVER the notification METHOD with PARAMS.")

(cl-defgeneric llada-edit-server-encoding (server)
  "The units of positions that SERVER speaks: \"utf-8\", \"utf-16\" or \"utf-32\".")

(cl-defgeneric llada-edit-server-document (server)
  "The current buffer as (:uri URI :version VERSION).
SERVER is told all changes of it before.")

(defun llada-edit-program ()
  "The program of the server.
Where it is missing, an error says what to do."
  (or (executable-find (car llada-edit-command))
      (user-error "The program `%s' is not in PATH: install llada-edit, or set `llada-edit-command'"
                  (car llada-edit-command))))

(defun llada-edit-language-id (mode)
  "The language id of the major MODE, or nil."
  (cdr (cl-find-if (lambda (entry) (provided-mode-derived-p mode (car entry))) llada-edit-modes)))

(defun llada-edit-server ()
  "The server of the current buffer.
Where there is none, an error says what to do."
  (or (run-hook-with-args-until-success 'llada-edit-server-functions)
      (and (llada-edit-program)
           (user-error "No llada-edit server for this buffer: M-x llada-edit-mode starts one"))))

(defun llada-edit-await (server method params)
  "What SERVER answers to METHOD with PARAMS.
\\[keyboard-quit] stops waiting, and the work."
  (let (done result problem)
    (llada-edit-server-request server method params
                               (lambda (answer) (setq done t result answer))
                               (lambda (message) (setq done t problem message)))
    (condition-case nil
        (while (not done) (accept-process-output nil 0.1))
      (quit (llada-edit-server-notify server "llada/cancel" '(:job ""))
            (signal 'quit nil)))
    (if problem (user-error "%s" problem) result)))

(defun llada-edit-handle-status (server params)
  "Note the state of SERVER in PARAMS."
  (puthash server (plist-get params :kind) llada-edit--statuses)
  (pcase (plist-get params :kind)
    ((or "loading" "off") (remhash server llada-edit--offered))
    ((and "ready" (guard (not (gethash server llada-edit--offered))))
     (llada-edit-server-request server "llada/operations" nil
                                (lambda (answer)
                                  (puthash server (append (plist-get answer :operations) nil) llada-edit--offered))
                                #'ignore)))
  (when (equal (plist-get params :kind) "error")
    (message "llada-edit: %s" (plist-get params :message)))
  (force-mode-line-update t))

(defun llada-edit-graded-p (server operation)
  "Whether the model of SERVER can do more and less of OPERATION, a name."
  (cl-some (lambda (known) (and (equal operation (plist-get known :op)) (eq t (plist-get known :strength))))
           (gethash server llada-edit--offered)))

;;;; Positions

(defun llada-edit--units (char encoding)
  "How many units CHAR has in ENCODING."
  (pcase encoding
    ("utf-8" (cond ((< char #x80) 1) ((< char #x800) 2) ((< char #x10000) 3) (t 4)))
    ("utf-16" (if (< char #x10000) 1 2))
    (_ 1)))

(defun llada-edit--length (text encoding)
  "How many units TEXT has in ENCODING."
  (cl-loop for char across text sum (llada-edit--units char encoding)))

(defun llada-edit--index (text count encoding)
  "The index in TEXT after COUNT units of ENCODING, or its end."
  (let ((index 0))
    (while (and (> count 0) (< index (length text)))
      (cl-decf count (llada-edit--units (aref text index) encoding))
      (cl-incf index))
    index))

(defun llada-edit-position (position encoding)
  "The POSITION of Emacs as one of the protocol, in units of ENCODING."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char position)
      (let ((start (line-beginning-position)))
        (list :line (1- (line-number-at-pos nil t))
              :character (llada-edit--length (buffer-substring-no-properties start position) encoding))))))

(defun llada-edit-range (start end encoding)
  "From START to END as a range of the protocol, in units of ENCODING."
  (list :start (llada-edit-position start encoding) :end (llada-edit-position end encoding)))

(defun llada-edit--point (position encoding)
  "The POSITION of the protocol, in units of ENCODING, as one of Emacs."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (forward-line (plist-get position :line))
      (let ((line (buffer-substring-no-properties (point) (line-end-position))))
        (+ (point) (llada-edit--index line (plist-get position :character) encoding))))))

(defun llada-edit-region (range encoding)
  "The RANGE of the protocol, in units of ENCODING, as (START . END)."
  (cons (llada-edit--point (plist-get range :start) encoding)
        (llada-edit--point (plist-get range :end) encoding)))

(defun llada-edit-check-lines ()
  "Refuse a buffer in which the protocol counts other lines than Emacs.
A lone carriage return ends one there."
  (save-excursion
    (save-restriction
      (widen)
      (goto-char (point-min))
      (when (re-search-forward "\r\\(?:[^\n]\\|\\'\\)" nil t)
        (user-error "Line %d has a carriage return without a newline; remove it first (C-q C-m)"
                    (line-number-at-pos (match-beginning 0) t))))))

(provide 'llada-edit-session)
;;; llada-edit-session.el ends here
