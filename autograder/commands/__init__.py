"""What commands of `autograder` do that is neither authoring, grading nor proving."""
