"""The site: the lessons as pages to read, with what their code shows; and beside them what else there is to know.

`executed` runs each lesson once and keeps what came out, `lesson_page` joins that with the cells that students get,
`figures` takes pictures out of the pages, `glossary` reads evalkit's docstrings, `pages` writes the rest, and `build`
hands all of it to Sphinx. `translated` does so in other languages. Then `scripts` takes scripts out of the pages, and
`offline` lets browsers keep the site. The texts and styles that are not made from anything else lie in ``docs/site``.
"""
