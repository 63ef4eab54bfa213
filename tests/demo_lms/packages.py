"""Small SCORM packages of our own, made in memory, for the reference LMS to play."""

import io
import zipfile

NAMESPACES = {
    "scorm12": (
        'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2"'
    ),
    "scorm2004": (
        'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3"'
        ' xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
    ),
}
VERSIONS = {"scorm12": "1.2", "scorm2004": "2004 4th Edition"}

SCO = """<!doctype html><title>A page</title><script>
  const find = (name) => {
    for (let w = window; ; w = w.parent) {
      if (w[name]) return w[name];
      if (w.opener && w.opener[name]) return w.opener[name];
      if (w === w.parent) return null;
    }
  };
  window.api = find("API_1484_11") || find("API");
</script><h1>A page of a course</h1>"""


def manifest(standard: str, items: str = "", version: str | None = None) -> str:
    """A manifest of one SCO called “Lanterns”, or of `items`, whose resources are `page` and `other`."""
    items = items or '<item identifier="only" identifierref="page"><title>Lanterns</title></item>'
    return f"""<?xml version="1.0"?>
    <manifest identifier="m" {NAMESPACES[standard]}>
      <metadata><schema>ADL SCORM</schema>
      <schemaversion>{version or VERSIONS[standard]}</schemaversion></metadata>
      <organizations default="org"><organization identifier="org"><title>Lanterns &amp; lamps</title>{items}
      </organization></organizations>
      <resources>
        <resource identifier="page" type="webcontent" adlcp:scormtype="sco" href="page.html"/>
        <resource identifier="other" type="webcontent" adlcp:scormtype="sco" href="other.html"/>
      </resources>
    </manifest>"""


def package(standard: str = "scorm12", items: str = "", page: str = SCO, **more: str) -> bytes:
    """A package as the bytes of a zip; `more` adds members, dots in their names written as `__`."""
    members = {"imsmanifest.xml": manifest(standard, items), "page.html": page, "other.html": page}
    return zipped({**members, **{name.replace("__", "."): text for name, text in more.items()}})


def zipped(members: dict[str, str]) -> bytes:
    """A zip of exactly these members."""
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return sink.getvalue()
