;;; llada-edit-diff.el --- Which words differ between two texts -*- lexical-binding: t; -*-

;; SPDX-License-Identifier: Apache-2.0

;;; Commentary:

;; The longest common subsequence of words, in quadratic time and space: sentences and paragraphs are short.  What is
;; longer than `llada-edit-diff-most' allows counts as one difference.

;;; Code:

(require 'cl-lib)

(defconst llada-edit-diff-most 250000
  "Most cells of the table; larger differences count as one.")

(defconst llada-edit-diff--word "[[:alnum:]'’]+\\|[ \t\r\n]+\\|\\(?:.\\|\n\\)"
  "What is compared as a whole.")

(defun llada-edit-diff--words (text)
  "The parts of TEXT that are compared, as a vector."
  (let ((at 0) words)
    (while (string-match llada-edit-diff--word text at)
      (push (match-string 0 text) words)
      (setq at (match-end 0)))
    (vconcat (nreverse words))))

(defun llada-edit-diff--table (old new)
  "Lengths of common subsequences of all ends of the vectors OLD and NEW."
  (let* ((rows (length old))
         (columns (length new))
         (table (make-vector (1+ rows) nil)))
    (aset table rows (make-vector (1+ columns) 0))
    (cl-loop for i from (1- rows) downto 0
             for below = (aref table (1+ i))
             for row = (make-vector (1+ columns) 0) do
             (cl-loop for j from (1- columns) downto 0 do
                      (aset row j (if (equal (aref old i) (aref new j))
                                      (1+ (aref below (1+ j)))
                                    (max (aref below j) (aref row (1+ j))))))
             (aset table i row))
    table))

(defun llada-edit-diff--steps (old new)
  "How the vector OLD becomes NEW: a list of (WORD-OF-OLD . WORD-OF-NEW).
Either is nil for none; they are equal where nothing changes."
  (if (> (* (length old) (length new)) llada-edit-diff-most)
      (append (mapcar #'list old) (mapcar (lambda (word) (cons nil word)) new))
    (let ((table (llada-edit-diff--table old new)) (i 0) (j 0) steps)
      (while (or (< i (length old)) (< j (length new)))
        (cond
         ((and (< i (length old)) (< j (length new)) (equal (aref old i) (aref new j)))
          (push (cons (aref old i) (aref new j)) steps)
          (cl-incf i)
          (cl-incf j))
         ((or (= j (length new))
              (and (< i (length old)) (>= (aref (aref table (1+ i)) j) (aref (aref table i) (1+ j)))))
          (push (list (aref old i)) steps)
          (cl-incf i))
         (t (push (cons nil (aref new j)) steps)
            (cl-incf j))))
      (nreverse steps))))

(defun llada-edit-diff (old new)
  "How the text OLD becomes NEW: a list of (FROM TO).
All FROM joined are OLD, and all TO are NEW.  FROM and TO are `eq'
where nothing changes."
  (let* ((before (llada-edit-diff--words old))
         (after (llada-edit-diff--words new))
         (shorter (min (length before) (length after)))
         (head (cl-loop for i below shorter
                        while (equal (aref before i) (aref after i)) count t))
         (tail (cl-loop for i from 1 to (- shorter head)
                        while (equal (aref before (- (length before) i)) (aref after (- (length after) i))) count t))
         (same (lambda (words) (mapcar (lambda (word) (cons word word)) words)))
         (steps (append (funcall same (cl-subseq before 0 head))
                        (llada-edit-diff--steps (cl-subseq before head (- (length before) tail))
                                                (cl-subseq after head (- (length after) tail)))
                        (funcall same (cl-subseq before (- (length before) tail)))))
         parts)
    (while steps
      (let* ((alike (equal (caar steps) (cdar steps)))
             (run (cl-loop while (and steps (eq alike (equal (caar steps) (cdar steps))))
                           collect (pop steps)))
             (from (mapconcat #'car (cl-remove nil run :key #'car) ""))
             (to (if alike from (mapconcat #'cdr (cl-remove nil run :key #'cdr) ""))))
        (push (list from to) parts)))
    (nreverse parts)))

(provide 'llada-edit-diff)
;;; llada-edit-diff.el ends here
