"""The quizzes of the lessons, as question banks that learning platforms read.

`moodle` writes Moodle's XML, `gift` the text format GIFT, `qti` a package of QTI 2.1. All three hold the questions,
their answers and the feedback on each; `markup` turns the little markup of a question into theirs.
"""
