"""Looks at a page as a browser would, and refuses what is not valid HTML."""

from collections import Counter
from xml.etree.ElementTree import Element

import html5lib


def parse(text: str) -> Element:
    """The page's tree; a single parse error fails."""
    parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
    tree: Element = parser.parse(text)
    return tree


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def faults(tree: Element) -> list[str]:
    """What a valid page can still get wrong: headings, titles, ids, labels, tables, inline code."""
    headings = tree.findall(".//h1")
    found = [] if len(headings) == 1 else [f"{len(headings)} h1"]
    if not text_of(tree.find(".//title")).removeprefix("Error: ").startswith(text_of(headings[0])):
        found.append("the title does not start with the h1")
    ids = Counter(element.get("id") for element in tree.iter() if element.get("id"))
    found += [f"id {name} is there {count} times" for name, count in ids.items() if count > 1]
    for element in tree.iter():
        label = element.get("aria-labelledby")
        if label and label not in ids:
            found.append(f"nothing has the id {label}")
        inline = element.tag == "style" or (element.tag == "script" and not element.get("src"))
        if element.get("style") or inline:
            found.append(f"inline style or script at {element.tag}")
    for table in tree.iter("table"):
        if not text_of(table.find("caption")):
            found.append("a table without a caption")
        found += [
            f"th {text_of(th)} without scope" for th in table.iter("th") if not th.get("scope")
        ]
    found += ["a picture without words" for img in tree.iter("img") if not img.get("alt")]
    return found
