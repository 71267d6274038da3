"""What a class did, from the results of all: exercises, misconceptions, objectives, who is missing, similar answers.

`lessons` puts together what the others find; `keeping/report` and `table` write it down.
"""
