"""The reviewer's pages: my reviews, one review, the sections of its form, the check before submitting.

`filling` knows how far a form is filled in and what is still wrong; `fields` turns a section into what a
page shows; `listing`, `review`, `section` and `check` word the pages. All pure: facts in, words out.
"""
