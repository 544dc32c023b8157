;;; llada-edit-transient.el --- A menu of all commands of llada-edit -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; Loaded by `llada-edit-menu' where transient is installed, as it is with Emacs since 28.

;;; Code:

(require 'transient)
(require 'llada-edit)

(transient-define-prefix llada-edit-transient ()
  "Fill holes and rewrite text."
  [["Fill"
    ("f" "this hole" llada-edit-fill)
    ("F" "all holes" llada-edit-fill-all)]
   ["Rewrite"
    ("r" "operation…" llada-edit-rewrite)
    ("p" "paraphrase" llada-edit-paraphrase)
    ("w" "other words" llada-edit-reword)
    ("l" "list words for this one" llada-edit-alternatives)]
   ["Text just written"
    ("a" "another" llada-edit-another)
    ("+" "stronger" llada-edit-stronger)
    ("-" "weaker" llada-edit-weaker)
    ("u" "revert" llada-edit-revert)
    ("P" "pin these words" llada-edit-pin)
    ("U" "unpin" llada-edit-unpin)]
   ["Server"
    ("k" "stop" llada-edit-cancel)
    ("x" "unload the model" llada-edit-unload)
    ("X" "load the model" llada-edit-load)]])

(provide 'llada-edit-transient)
;;; llada-edit-transient.el ends here
