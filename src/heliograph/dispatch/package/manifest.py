"""The manifest of a hosted package: one organization, one item, one SCO (IMS Content Packaging 1.1.2 and
1.1.4; SCORM CAM 1.2 and 2004).
"""

import re
from xml.sax.saxutils import escape, quoteattr

from heliograph.dispatch.package.formats import Format

_NAMESPACES_12 = (
    'xmlns="http://www.imsproject.org/xsd/imscp_rootv1p1p2" '
    'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_rootv1p2" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)
_NAMESPACES_2004 = (
    'xmlns="http://www.imsglobal.org/xsd/imscp_v1p1" '
    'xmlns:adlcp="http://www.adlnet.org/xsd/adlcp_v1p3" '
    'xmlns:adlseq="http://www.adlnet.org/xsd/adlseq_v1p3" '
    'xmlns:adlnav="http://www.adlnet.org/xsd/adlnav_v1p3" '
    'xmlns:imsss="http://www.imsglobal.org/xsd/imsss"'
)
# The content reports its own status, so the LMS must neither guess completion nor satisfaction (SCORM 2004 SN
# 3.13.1).
_SEQUENCING = (
    '<imsss:sequencing><imsss:controlMode choice="true" flow="true"/>'
    '<imsss:deliveryControls completionSetByContent="true" objectiveSetByContent="true"/></imsss:sequencing>'
)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(format: Format, identifier: str, title: str, files: list[str]) -> bytes:
    """The bytes of ``imsmanifest.xml``; ``files`` are the SCO's, the page to launch first."""
    is_12 = format.standard == "scorm12"
    shown = escape(_NOT_XML.sub(" ", title))
    listed = "".join(f"<file href={quoteattr(name)}/>" for name in files)
    item = (
        f'<item identifier="item" identifierref="sco"><title>{shown}</title>'
        f"{'' if is_12 else _SEQUENCING}</item>"
    )
    scorm_type = "scormtype" if is_12 else "scormType"
    version = "1.2" if is_12 else "1.3"
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<manifest identifier="heliograph-{identifier}" version="{version}" '
        f"{_NAMESPACES_12 if is_12 else _NAMESPACES_2004}>\n"
        f"<metadata><schema>ADL SCORM</schema>"
        f"<schemaversion>{format.schema_version}</schemaversion></metadata>\n"
        f'<organizations default="course"><organization identifier="course"><title>{shown}</title>'
        f"{item}</organization></organizations>\n"
        f'<resources><resource identifier="sco" type="webcontent" adlcp:{scorm_type}="sco" '
        f'href="{files[0]}">{listed}</resource></resources>\n'
        "</manifest>\n"
    ).encode()
